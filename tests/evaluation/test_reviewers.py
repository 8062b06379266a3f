from datetime import timedelta

from evaluation.reviewers import VANISHING, _held_by_two, review


def test_reviewers_at_once_answer_everything_once_also_when_one_vanishes(database):
    titles = [f"Lot de {n} pièces" for n in range(500)]
    lease = timedelta(seconds=2)

    outcome = review(database.url, titles, reviewers=2, lease=lease, seed=20)

    assert (outcome.items, outcome.answered) == (500, 500)
    assert (outcome.lost, outcome.answered_twice, outcome.held_by_two) == (0, 0, 0)
    assert outcome.taken_over > 0


def test_two_at_one_item_would_be_found_out():
    def held(*spans):
        return [{"item": 1, "by": by, "from": start, "until": end} for by, start, end in spans]

    assert _held_by_two(held(("rita", 0, 10), ("rob", 9, 12))) == 1
    assert _held_by_two(held((VANISHING, 0, 10), ("rob", 10, 12), ("rob", 11, 13))) == 0
