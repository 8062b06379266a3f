"""Whether traffic is still what the model learnt from: pure rules, without labels."""
