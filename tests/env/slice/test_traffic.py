import hashlib
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from difsched.config.base import read_yaml
from difsched.env.slice.traffic import generator, signals
from difsched.env.slice.traffic.deadband import BLOCK, absolute_deadband, weber_deadband
from difsched.env.slice.traffic.generator import (
    Trace,
    Traffic,
    TrafficGenerator,
    TrafficPreset,
    dataflows,
    load_traffic,
    read_trace_csv,
    trace_digest,
)
from difsched.errors import InputError

PRESETS = ["thumb_fr", "thumb_bk"]
SEEDS = [999, 1, 2]
# Mean, standard deviation and lag-1 autocorrelation of recorded sessions, packets per 200 ms.
RECORDED = {"thumb_fr": (51.0, 27.9, 0.65), "thumb_bk": (67.0, 38.0, 0.34)}


def preset(dataflow):
    return TrafficPreset.from_dict(read_yaml(generator.PRESETS / f"{dataflow}.yaml"))


def position_parameters(**changes):
    return signals.PositionParameters.from_dict({**preset("thumb_fr").parameters, **changes})


def force_parameters(**changes):
    return signals.ForceParameters.from_dict({**preset("thumb_bk").parameters, **changes})


# --- minimum-jerk reaches -------------------------------------------------------------------------


def test_a_minimum_jerk_reach_starts_and_ends_at_rest_without_acceleration():
    step = 1e-4
    share = signals.minimum_jerk(np.arange(-3, 10004) * step)
    speed = np.diff(share) / step
    acceleration = np.diff(speed) / step
    assert share[0] == 0 and share[-1] == 1
    assert abs(speed[[0, -1]]).max() < 1e-5
    assert abs(acceleration[[0, -1]]).max() < 1e-2
    assert speed.max() == pytest.approx(1.875, abs=1e-4)


@given(st.floats(0, 1))
def test_a_minimum_jerk_reach_is_symmetric_about_its_middle(phase):
    there, back = signals.minimum_jerk(np.array([phase, 1 - phase]))
    assert there + back == pytest.approx(1)


@given(arrays(float, 20, elements=st.floats(-50, 50)), st.floats(0.1, 5))
def test_folding_keeps_a_walk_in_its_box_and_lengthens_no_step(walk, bound):
    folded = signals.fold(walk, bound)
    assert np.all(abs(folded) <= bound + 1e-9)
    assert np.all(abs(np.diff(folded)) <= abs(np.diff(walk)) + 1e-9)
    inside = abs(walk) <= bound
    np.testing.assert_allclose(folded[inside], walk[inside], atol=1e-9)


def test_reaches_stay_in_the_workspace_and_rest_at_every_stop():
    p = position_parameters(pause_s=0.5, workspace_m=0.2)
    path = signals.reaches(p, 60_000, np.random.default_rng(0))
    assert abs(path).max() <= 0.2 + 1e-9
    step = np.linalg.norm(np.diff(path, axis=0), axis=1)
    resting = step < 1e-12
    assert 0.1 < resting.mean() < 0.9
    stops = path[1:][resting]
    assert len(np.unique(stops.round(9), axis=0)) > 20
    assert step.max() < 0.02  # no jumps: 20 m/s is far above any reach


def test_no_movement_is_faster_than_the_speed_limit():
    p = position_parameters(speed_limit_m_s=0.4, drift_speed_m_s=0.5)
    path = signals.movement(p, 60_000, np.random.default_rng(0))
    assert np.linalg.norm(np.diff(path, axis=0), axis=1).max() <= 0.4e-3 * (1 + 1e-9)


def test_without_a_limit_in_reach_and_at_an_even_pace_movement_is_reaches_plus_drift():
    p = position_parameters(speed_limit_m_s=1e6, pace_log_sd=0)
    path = signals.movement(p, 5000, np.random.default_rng(3))
    rng = np.random.default_rng(3)
    plain = signals.reaches(p, 6000, rng) + signals.drift(p, 6000, rng)
    np.testing.assert_allclose(path[1:], plain[:4999], atol=1e-9)


def test_drift_and_tremor_have_the_scatter_that_their_parameters_say():
    p = position_parameters(drift_speed_m_s=0.1, tremor_m=2e-4)
    rng = np.random.default_rng(0)
    speed = np.diff(signals.drift(p, 400_000, rng), axis=0) / signals.SAMPLE_S
    assert speed.std() == pytest.approx(0.1, rel=0.05)
    tremor = signals.tremor(p, 400_000, rng)
    assert tremor.std() == pytest.approx(2e-4, rel=0.05)
    power = abs(np.fft.rfft(tremor[:, 0])) ** 2
    band = np.fft.rfftfreq(len(tremor), signals.SAMPLE_S)
    assert np.average(band, weights=power) == pytest.approx(p.tremor_hz, rel=0.2)


def test_force_holds_and_acts_for_the_shares_of_time_that_its_dwells_say():
    p = force_parameters(hold_log_sd=0, act_log_sd=0, hold_dwell_s=0.1, act_dwell_s=0.3)
    sizes = signals.acting(p, 200_000, np.random.default_rng(0))
    assert set(np.unique(sizes)) == {p.hold_step, p.act_step}
    assert (sizes == p.act_step).mean() == pytest.approx(0.75, abs=0.02)
    changes = (np.diff(sizes) != 0).mean()
    assert changes == pytest.approx(2 * p.step_s / 0.4, rel=0.1)


# --- deadband codecs ------------------------------------------------------------------------------


def distance(here, there):
    return np.linalg.norm(here - there) if np.ndim(here) else abs(here - there)


def reference_deadband(values, limit_of):
    sent, last = [True], values[0]
    for value in values[1:]:
        sent.append(bool(distance(value, last) >= limit_of(last)))
        last = value if sent[-1] else last
    return np.array(sent)


@given(arrays(float, (40, 3), elements=st.floats(-3, 3)), st.floats(0.05, 5))
def test_the_absolute_deadband_equals_its_reference_loop(values, deadband):
    # Squares of small numbers round differently: keep to distances that are not at the limit.
    expected = reference_deadband(values, lambda last: deadband)
    got = absolute_deadband(values, deadband)
    first = np.flatnonzero(expected != got)[:1]
    if len(first):
        last = values[np.flatnonzero(got[: first[0]])[-1]]
        assert np.linalg.norm(values[first[0]] - last) == pytest.approx(deadband, rel=1e-12)


@given(
    arrays(float, 40, elements=st.floats(0, 10)),
    st.floats(0.001, 1),
    st.floats(0, 1),
)
def test_the_weber_deadband_equals_its_reference_loop(values, fraction, floor):
    expected = reference_deadband(values, lambda last: fraction * max(last, floor))
    np.testing.assert_array_equal(weber_deadband(values, fraction, floor), expected)


def test_the_codecs_do_not_notice_the_blocks_in_which_they_work():
    rng = np.random.default_rng(0)
    walk = np.cumsum(rng.standard_normal((BLOCK + 500, 3)), axis=0)
    expected = reference_deadband(walk, lambda last: 4.0)
    np.testing.assert_array_equal(absolute_deadband(walk, 4.0), expected)
    level = np.exp(walk[:, 0] / 100)
    expected = reference_deadband(level, lambda last: 0.05 * max(last, 0.1))
    np.testing.assert_array_equal(weber_deadband(level, 0.05, 0.1), expected)


# --- presets --------------------------------------------------------------------------------------


def autocorrelation(counts, lag):
    centred = counts - counts.mean()
    return (centred[lag:] * centred[:-lag]).sum() / (centred**2).sum()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("dataflow", PRESETS)
def test_presets_have_the_statistics_of_recorded_sessions(dataflow, seed):
    loaded = load_traffic(dataflow, seed=seed)
    for trace in (loaded.train, loaded.test):
        counts = trace.packets
        found = (counts.mean(), counts.std(), autocorrelation(counts, 1))
        assert found == pytest.approx(RECORDED[dataflow], rel=0.1)
        assert (counts == 0).mean() < 0.03
        assert counts.max() <= 200
        assert counts.var() / counts.mean() > 6  # far from Poisson


def fresh(dataflow, seed, window_length=20):
    return generator._generate.__wrapped__(dataflow, window_length, seed)


@pytest.mark.parametrize("dataflow", PRESETS)
def test_the_same_seed_gives_the_same_traffic_bit_for_bit_and_another_seed_does_not(dataflow):
    one, same, other = fresh(dataflow, 5), fresh(dataflow, 5), fresh(dataflow, 6)
    for split in ("train", "test"):
        a, b, c = (getattr(t, split) for t in (one, same, other))
        np.testing.assert_array_equal(a.packets, b.packets)
        np.testing.assert_array_equal(a.forecast, b.forecast)
        assert (a.packets != c.packets).mean() > 0.3


@pytest.mark.parametrize("dataflow", PRESETS)
def test_train_and_test_are_different_realisations(dataflow):
    loaded = load_traffic(dataflow)
    n = len(loaded.test.packets)
    assert abs(np.corrcoef(loaded.train.packets[:n], loaded.test.packets)[0, 1]) < 0.1


@pytest.mark.parametrize("dataflow", PRESETS)
def test_the_excerpt_is_the_test_trace_itself(dataflow):
    loaded = load_traffic(dataflow)
    first = round(loaded.excerpt["time"][0] * 1000 / 200)
    counts = loaded.excerpt["sent"].reshape(-1, 200).sum(axis=1)
    np.testing.assert_array_equal(counts, loaded.test.packets[first : first + len(counts)])
    assert loaded.excerpt["signal"].shape == (len(counts) * 200, 3 if dataflow[-1] == "r" else 1)


@pytest.mark.parametrize("window_length", [1, 3, 7])
def test_windows_of_a_few_slots_work(window_length):
    loaded = fresh("thumb_bk", 0, window_length)
    assert loaded.train.packets.max() <= window_length


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"reach_median_m": -1}, "reach_median_m = -1: must be a number > 0"),
        ({"tremor_m": float("nan")}, "tremor_m = nan: must be a number >= 0"),
        ({"deadband_m": "wide"}, "deadband_m = 'wide': must be a number > 0"),
        ({"colour": 1}, "colour is not a field of PositionParameters"),
    ],
)
def test_a_preset_with_a_wrong_parameter_is_refused(change, message):
    values = preset("thumb_fr").to_dict()
    with pytest.raises(InputError, match=message):
        TrafficPreset.from_dict({**values, "parameters": {**values["parameters"], **change}})


# --- generator of users ---------------------------------------------------------------------------


def test_users_start_anywhere_in_the_trace():
    trace = Trace(np.arange(50), np.arange(50) / 2)
    users = TrafficGenerator(trace)
    offsets = users.offsets(np.random.default_rng(0), (100, 8))
    assert offsets.shape == (100, 8) and users.length == 50
    assert set(np.unique(offsets)) == set(range(50))


def test_a_generator_is_built_from_either_split_of_a_dataflow():
    loaded = load_traffic("thumb_bk")
    for split in ("train", "test"):
        assert TrafficGenerator.from_dataflow("thumb_bk", split).trace is getattr(loaded, split)
    with pytest.raises(InputError, match="split = 'dev': must be one of train, test"):
        TrafficGenerator.from_dataflow("thumb_bk", "dev")


def test_traces_cannot_be_written_to():
    trace = Trace(np.arange(3), np.zeros(3))
    with pytest.raises(ValueError, match="read-only"):
        trace.packets[0] = 1


@pytest.mark.parametrize(
    ("packets", "forecast", "message"),
    [
        ([], [], r"packets has shape \(0,\)"),
        ([1.5, 2], [0, 0], "packets has shape .* of float64"),
        ([1, -2], [0, 0], "packets holds -2: must be whole numbers >= 0"),
        ([1, 2], [0], r"forecast has shape \(1,\): must be a finite number for each of the 2"),
        ([1, 2], [0, np.nan], "forecast has shape"),
    ],
)
def test_a_trace_that_makes_no_sense_is_refused(packets, forecast, message):
    with pytest.raises(InputError, match=message):
        Trace(np.array(packets), np.array(forecast))


# --- files ----------------------------------------------------------------------------------------


def test_saved_traffic_is_loaded_as_it_was(tmp_path):
    generated = fresh("thumb_bk", 1)
    plain = Traffic("mine", "traces", generated.train, generated.test, None, 20)
    for loaded in (generated, plain):
        loaded.save(tmp_path / "traffic.npz")
        again = Traffic.load(tmp_path / "traffic.npz")
        assert (again.dataflow, again.origin, again.window_length) == (
            loaded.dataflow,
            loaded.origin,
            20,
        )
        for split in ("train", "test"):
            a, b = getattr(loaded, split), getattr(again, split)
            np.testing.assert_array_equal(a.packets, b.packets)
            np.testing.assert_array_equal(a.forecast, b.forecast)
        assert (again.excerpt is None) == (loaded.excerpt is None)
    generated.save(tmp_path / "traffic.npz")
    excerpt = Traffic.load(tmp_path / "traffic.npz").excerpt
    assert sorted(excerpt) == ["sent", "signal", "time"]
    assert [path.name for path in tmp_path.iterdir()] == ["traffic.npz"]


def test_equal_traffic_gives_equal_files(tmp_path):
    digests = set()
    for name in ("a.npz", "b.npz"):
        fresh("thumb_bk", 1).save(tmp_path / name)
        digests.add(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    assert len(digests) == 1


def test_a_damaged_traffic_file_is_refused(tmp_path):
    path = tmp_path / "traffic.npz"
    with pytest.raises(InputError, match="cannot be read as npz"):
        Traffic.load(path)
    fresh("thumb_bk", 1).save(path)
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(InputError, match="cannot be read as npz"):
        Traffic.load(path)
    trace = Trace(np.array([30]), np.array([1.0]))
    with pytest.raises(InputError, match=r"packets holds 30: must be in 0\.\.20"):
        Traffic("mine", "traces", trace, trace, None, 20)
    with pytest.raises(InputError, match="origin = 'sky': must be one of generated, traces"):
        Traffic("mine", "sky", trace, trace)


GOOD = "window,packets,packets_predicted\n0,5,6.5\n1,0,-3\n2,200,300\n"


def test_a_csv_trace_is_read_and_its_forecast_clipped(tmp_path):
    path = tmp_path / "trace.csv"
    path.write_text(GOOD)
    found = read_trace_csv(path, 200)
    assert found.packets.tolist() == [5, 0, 200] and found.packets.dtype == np.int64
    assert found.forecast.tolist() == [6.5, 0, 200]
    path.write_text("packets, window, note\n7,1,x\n8,2,y\n")
    found = read_trace_csv(path, 200)
    assert found.packets.tolist() == [7, 8] and found.forecast is None and not found.notes


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cannot be read as CSV"),
        ("window,packets\n", "has no rows"),
        ("window,count\n0,1\n", "column packets is missing; has window, count"),
        ("packets\n1\n", "column window is missing"),
        ("window,packets\n0,1\n1,nan\n", "packets = 'nan' in line 3: must be a whole number"),
        ("window,packets\n0,1\n1,\n", "packets = '' in line 3: must be a whole number in 0..200"),
        ("window,packets\n0,1\n1\n", "packets = .* in line 3"),
        ("window,packets\n0,many\n", "packets = 'many' in line 2"),
        ("window,packets\n0,201\n", r"packets = '201' in line 2: must be a whole number in 0\.\."),
        ("window,packets\n0,-1\n", "packets = '-1' in line 2"),
        ("window,packets\n0,1.5\n", "packets = '1.5' in line 2"),
        ("window,packets\n0,inf\n", "packets = 'inf' in line 2"),
        ("window,packets\n0,1\n0,1\n", "window = '0' in line 3: must be above the one before"),
        ("window,packets\nx,1\n", "window = 'x' in line 2: must be a number"),
        ("window,packets\n0,1,2\n1,2,3\n", "more values than the 2 columns"),
        ("window,packets\n0,1\n1,2,3\n", "line 3 has more values than"),
        ("window,packets,packets_predicted\n0,1,nan\n", "packets_predicted = 'nan' in line 2"),
    ],
)
def test_a_wrong_csv_trace_is_refused_in_one_line(tmp_path, text, message):
    path = tmp_path / "trace.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        read_trace_csv(path, 200)
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)


def test_a_missing_or_binary_csv_trace_is_refused_in_one_line(tmp_path):
    path = tmp_path / "trace.csv"
    with pytest.raises(InputError, match="cannot be read as CSV"):
        read_trace_csv(path, 200)
    path.write_bytes(bytes(range(256)) * 4)
    with pytest.raises(InputError) as caught:
        read_trace_csv(path, 200)
    assert "\n" not in str(caught.value)


@settings(max_examples=40, deadline=None)
@given(st.text('0123456789,.-+e "\n\r\tnaif;é\0', max_size=60))
def test_any_text_is_a_trace_or_refused_in_one_line(text):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.csv"
        path.write_text("window,packets\n" + text, encoding="utf-8")
        try:
            packets = read_trace_csv(path, 200).packets
        except InputError as error:
            assert "\n" not in str(error)
        else:
            assert packets.min() >= 0 and packets.max() <= 200


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        ([0, 1, 4, 5], [7, 7, 0, 0, 7, 7]),
        ([600, 601, 603], [7, 7, 0, 7]),
        ([0, 200, 400, 1000], [7, 7, 7, 0, 0, 7]),
        ([0.0, 0.2, 0.4, 0.8], [7, 7, 7, 0, 7]),
        ([5], [7]),
    ],
)
def test_windows_that_the_index_skips_have_no_packets(tmp_path, index, expected):
    path = tmp_path / "trace.csv"
    path.write_text("# window,packets\n" + "".join(f"{place},7\n" for place in index))
    found = read_trace_csv(path, 200)
    assert found.packets.tolist() == expected
    skipped = len(expected) - len(index)
    assert list(found.notes) == [
        f"the index skips {skipped} windows: taken as windows without packets"
    ] * (skipped > 0)


def test_the_first_windows_of_a_lagged_forecast_are_left_out(tmp_path):
    path = tmp_path / "trace.csv"
    path.write_text("window,packets,packets_predicted\n0,5,\n1,6,\n2,7,6.0\n3,8,7.5\n")
    found = read_trace_csv(path, 200)
    assert found.packets.tolist() == [7, 8] and found.forecast.tolist() == [6.0, 7.5]
    assert found.notes == ("the first windows have no forecast: 2 left out",)
    path.write_text("window,packets,packets_predicted\n0,5,\n1,6,\n")
    assert read_trace_csv(path, 200).forecast is None
    path.write_text("window,packets,packets_predicted\n0,5,4\n1,6,\n2,7,6.0\n")
    with pytest.raises(InputError, match="packets_predicted = '' in line 3"):
        read_trace_csv(path, 200)
    path.write_text("window,packets,packets_predicted\n0,5,\n1,6,3\n3,7,6.0\n")
    with pytest.raises(InputError, match="skips 1 windows, the first after 2 rows"):
        read_trace_csv(path, 200)


def write_pair(folder, name="mine", train=GOOD, test=GOOD):
    (folder / f"{name}_train.csv").write_text(train)
    (folder / f"{name}_test.csv").write_text(test)


def test_a_folder_of_traces_knows_the_dataflows_with_both_files(tmp_path):
    write_pair(tmp_path)
    (tmp_path / "half_train.csv").write_text(GOOD)
    assert dataflows(tmp_path) == ["mine"]
    loaded = load_traffic("mine", traces=tmp_path)
    assert loaded.origin == "traces" and loaded.excerpt is None
    assert loaded.train.packets.tolist() == [5, 0, 200]
    with pytest.raises(
        InputError, match=r"'half': traces .* holds half_train\.csv, mine_test\.csv, .*half=LOG"
    ):
        load_traffic("half", traces=tmp_path)


def test_unknown_dataflows_seeds_and_folders_are_refused(tmp_path):
    with pytest.raises(InputError, match="dataflow = 'toe': must be one of thumb_bk, thumb_fr"):
        load_traffic("toe")
    with pytest.raises(InputError, match="must hold a pair"):
        load_traffic("mine", traces=tmp_path)
    with pytest.raises(InputError, match="must be a folder of CSV traces"):
        load_traffic("mine", traces=tmp_path / "absent")
    with pytest.raises(InputError, match="window_length = 0"):
        load_traffic("thumb_fr", window_length=0)
    with pytest.raises(InputError, match="seed = -1"):
        load_traffic("thumb_fr", seed=-1)


def test_the_digest_follows_the_files_that_are_read_and_no_others(tmp_path):
    write_pair(tmp_path)
    digest = trace_digest(tmp_path)
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "half_train.csv").write_text(GOOD)
    assert trace_digest(tmp_path) == digest
    write_pair(tmp_path, "yours")
    both = trace_digest(tmp_path)
    write_pair(tmp_path, "yours", test=GOOD + "3,1,1\n")
    assert len({digest, both, trace_digest(tmp_path)}) == 3
    with pytest.raises(InputError, match="must be a folder"):
        trace_digest(tmp_path / "absent")
