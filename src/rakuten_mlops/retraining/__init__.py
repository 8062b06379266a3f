"""The loop: snapshot, train, register, judge, promote; one at a time."""
