from rakuten_mlops.monitoring.recorder_state import FILE, RecorderState, read_state, write_state


def test_what_is_written_is_read_again(tmp_path):
    state = RecorderState().plus(recorded=3, dropped=1).plus(recorded=2, pruned=4)

    write_state(tmp_path, state)

    assert read_state(tmp_path) == state
    assert (state.recorded, state.dropped, state.pruned) == (5, 1, 4)
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_before_anything_is_recorded_all_counts_are_zero(tmp_path):
    assert read_state(tmp_path) == RecorderState()


def test_a_file_that_a_power_cut_left_begins_anew_and_stops_nobody(tmp_path):
    (tmp_path / FILE).write_text('{"recorded": 3')

    assert read_state(tmp_path) == RecorderState()


def test_a_disk_that_refuses_stops_nobody(tmp_path):
    write_state(tmp_path / "not there", RecorderState(recorded=1))

    assert read_state(tmp_path / "not there").recorded == 0
