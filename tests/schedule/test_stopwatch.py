"""The time a run takes is the time it works: waiting for an answer is no work, unless something works meanwhile."""

from infraops.schedule.stopwatch import Stopwatch


class Clock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_it_stands_still_while_all_wait_for_an_answer() -> None:
    clock = Clock()
    watch = Stopwatch(clock)
    clock.seconds += 2
    with watch.asking():
        clock.seconds += 30
    clock.seconds += 3
    assert watch.read() == (5, 30)


def test_it_runs_on_while_a_stack_works_beside_the_question() -> None:
    clock = Clock()
    watch = Stopwatch(clock)
    with watch.asking():
        clock.seconds += 1  # nobody at work
        with watch.working():
            clock.seconds += 10
            with watch.working():
                clock.seconds += 10
            clock.seconds += 10
        clock.seconds += 2  # nobody at work
        assert watch.read() == (30, 3)
        with watch.asking():  # another one waits for its turn
            clock.seconds += 4
        clock.seconds += 5
    assert watch.read() == (30, 12)
