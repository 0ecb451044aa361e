"""Measuring in the background: what is read again, what is not, and what becomes of errors."""

from __future__ import annotations

import gc
import gzip
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import msgspec
import numpy as np
import pytest
from served import PROVIDERS, TAGS, client, finished, get, multiplexer, rust, wait_for, write_run
from tensorboard.context import RequestContext
from test_wire import decode

from tensorboard_plugin_histdiag.config import Config, Match
from tensorboard_plugin_histdiag.provider import chunks
from tensorboard_plugin_histdiag.provider.sources import Source
from tensorboard_plugin_histdiag.server import knowledge, ledger
from tensorboard_plugin_histdiag.server.ledger import Ledger
from tensorboard_plugin_histdiag.tags.naming import Naming


class Between:
    """A real provider with something between it and the plugin: counted calls, a gate, an error, a changed answer."""

    def __init__(self, provider):
        self.provider = provider
        self.read = Counter()
        self.gate = threading.Event()
        self.gate.set()
        self.asked = threading.Event()
        self.lists = 0
        self.broken = set()
        self.listed = lambda runs: runs

    def list_tensors(self, ctx, **arguments):
        self.lists += 1
        return self.listed(self.provider.list_tensors(ctx, **arguments))

    def read_tensors(self, ctx, *, run_tag_filter, **arguments):
        self.asked.set()
        assert self.gate.wait(60)
        if self.broken & set(run_tag_filter.tags):
            raise OSError("a\nbroken disk")
        answer = self.provider.read_tensors(ctx, run_tag_filter=run_tag_filter, **arguments)
        self.read.update((run, tag) for run, tags in answer.items() for tag in tags)
        return answer

    def __getattr__(self, method):
        return getattr(self.provider, method)


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Look at the log at every request, judge as often as can be, and wait for nothing."""
    monkeypatch.setattr(ledger, "CHECK_EVERY", 0.0)
    monkeypatch.setattr(ledger, "JUDGE_EVERY", 0.0)
    monkeypatch.setattr(ledger, "FIRST_PATIENCE", 0.0)


@pytest.fixture
def patient(monkeypatch):
    """Wait for a first report, and return what does so in a thread of its own; it would wait longer than the test."""
    monkeypatch.setattr(ledger, "FIRST_PATIENCE", 120.0)
    with ThreadPoolExecutor() as pool:
        yield pool.submit


@pytest.fixture
def between(tmp_path):
    write_run(tmp_path / "log" / "first", range(10))
    write_run(tmp_path / "log" / "second", range(10), seed=1)
    with multiplexer(tmp_path / "log") as data:
        yield Between(data.provider)


@pytest.fixture
def measured(monkeypatch):
    """Return the series measured, in their order."""
    seen = []
    measure = knowledge.measure

    def spy(batch):
        seen.extend((series.run, series.tag) for series in batch.series)
        return measure(batch)

    monkeypatch.setattr(knowledge, "measure", spy)
    return seen


@pytest.mark.parametrize("name", PROVIDERS)
def test_when_the_log_grows_only_what_has_grown_is_measured_again(name, tmp_path, measured):
    log = tmp_path / "log"
    write_run(log / "first", range(10))
    write_run(log / "second", range(10), seed=1)
    with PROVIDERS[name](log) as data:
        between = Between(data.provider)
        served = client(between)
        before = finished(served)
        assert sorted(measured) == [(run, tag) for run in ("first", "second") for tag in TAGS]
        measured.clear()
        between.read.clear()
        assert finished(served)["revision"] == before["revision"]
        assert not between.read, "nothing new, nothing read"

        write_run(log / "second", range(10, 15), tags=[TAGS[1]], seed=1)
        write_run(log / "aaa", range(10, 13), seed=2)
        data.reload()

        def grown():
            report = finished(served)
            last = {(entry["run"], entry["tag"]): entry["last_step"] for entry in report["series"]}
            return report if len(last) == 6 and last["second", TAGS[1]] == 14 else None

        after = wait_for(grown)
    assert set(measured) == {("second", TAGS[1]), *(("aaa", tag) for tag in TAGS)}
    assert set(between.read) == set(measured)
    assert after["revision"] != before["revision"]
    assert after["log"] == before["log"] != "", "the log is the same one, and known as such"
    ids = {(entry["run"], entry["tag"]): entry["id"] for entry in after["series"]}
    assert all(ids[entry["run"], entry["tag"]] == entry["id"] for entry in before["series"]), "ids stay"


def test_a_first_report_comes_with_a_few_tensors_and_reads_the_scalars_of_a_run_once(between, monkeypatch):
    monkeypatch.setattr(ledger, "FIRST_BYTES", 1)
    monkeypatch.setattr(ledger, "JUDGE_EVERY", 60.0)
    between.scalars = Counter()
    read_scalars = between.provider.read_scalars

    def counted(ctx, *, run_tag_filter, **arguments):
        between.scalars.update(run_tag_filter.runs)
        return read_scalars(ctx, run_tag_filter=run_tag_filter, **arguments)

    between.read_scalars = counted
    between.measure, between.more = knowledge.measure, threading.Event()

    def second_waits(batch):
        if batch.series[0].tag != TAGS[0]:
            assert between.more.wait(60)
        return between.measure(batch)

    monkeypatch.setattr(knowledge, "measure", second_waits)
    served = client(between)
    early = wait_for(lambda: (report := get(served, "report").json)["series"] and report)
    assert [(entry["run"], entry["tag"]) for entry in early["series"]] == [("first", TAGS[0])]
    assert early["progress"] == {"judged": 1, "total": 4}
    between.more.set()
    finished(served)
    assert between.scalars == {"first": 1, "second": 1}


def test_the_first_answer_waits_until_there_is_something_to_show(between, patient):
    between.gate.clear()
    served = client(between)
    answer = patient(get, served, "report")
    wait_for(between.asked.is_set)
    assert not answer.done()
    between.gate.set()
    assert answer.result(60).json["series"]


@pytest.mark.parametrize("fault", ["nothing is logged", "nothing can be read", "the provider fails"])
def test_nobody_waits_for_a_first_report_that_cannot_come(fault, between, patient):
    if fault == "nothing is logged":
        between.listed = lambda runs: {}
    else:
        between.broken = set(TAGS)
    if fault == "the provider fails":
        between.listed = lambda runs: {}["gone"] if between.lists > 1 else runs
    assert patient(get, client(between), "report").result(60).json["series"] == []


def test_nobody_waits_for_a_ledger_that_is_closed(between, patient):
    between.gate.clear()
    known = Ledger(Source(between), kept=None)
    waiting = patient(known.refresh, RequestContext())
    wait_for(between.asked.is_set)
    known.close()
    between.gate.set()
    assert waiting.result(60).report.series == ()


def test_measuring_begins_when_the_tab_opens_before_it_asks(between, measured):
    between.gate.clear()
    served = client(between)
    assert get(served, "static/styles.json").status_code in (200, 404)  # the latter where the tab is not built
    assert not between.lists
    assert get(served, "static/index.js").status_code == 200
    wait_for(between.asked.is_set)
    between.gate.set()
    finished(served)
    assert len(measured) == 4, "each once"


def test_all_series_are_listed_once_to_measure_and_not_again_to_show_histograms(between, monkeypatch):
    monkeypatch.setattr(ledger, "CHECK_EVERY", 3600.0)
    served = client(between)
    finished(served)
    assert get(served, "histograms?series=0,1&steps=5").status_code == 200
    assert between.lists == 1


def test_a_report_is_encoded_once_however_many_ask(between, monkeypatch):
    served = client(between)
    finished(served)
    encode, encoded = msgspec.json.encode, []
    monkeypatch.setattr(msgspec.json, "encode", lambda value: encoded.append(value) or encode(value))
    plain, packed = get(served, "report"), get(served, "report", Accept_Encoding="gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert plain.headers["Content-Length"] == str(len(plain.data))
    assert not encoded


def test_what_was_loaded_before_the_first_log_is_spared_garbage_collections_once(between):
    ledger._spare_the_collector.cache_clear()
    gc.unfreeze()
    try:
        Ledger(Source(between), kept=None)
        assert gc.get_freeze_count()
        gc.unfreeze()
        Ledger(Source(between), kept=None)
        assert not gc.get_freeze_count()
    finally:
        gc.unfreeze()


def test_a_log_that_grows_while_it_is_first_measured_ends_complete(tmp_path):
    write_run(tmp_path / "log" / "run", range(5))
    with multiplexer(tmp_path / "log") as data:
        between = Between(data.provider)
        between.gate.clear()
        served = client(between)
        assert get(served, "report").json["progress"] == {"judged": 0, "total": 2}
        wait_for(between.asked.is_set)
        write_run(tmp_path / "log" / "run", range(5, 9), tags=[TAGS[1]])
        write_run(tmp_path / "log" / "second", range(3))
        data.reload()
        between.gate.set()

        def last_steps():
            return {(entry["run"], entry["tag"]): entry["last_step"] for entry in finished(served)["series"]}

        wanted = {("run", TAGS[0]): 4, ("run", TAGS[1]): 8, ("second", TAGS[0]): 2, ("second", TAGS[1]): 2}
        wait_for(lambda: last_steps() == wanted)


def test_after_growth_metrics_and_histograms_have_the_new_steps_too(tmp_path):
    write_run(tmp_path / "log" / "run", range(5), tags=["w"])
    with multiplexer(tmp_path / "log") as data:
        served = client(data.provider)
        old = finished(served)["revision"]
        write_run(tmp_path / "log" / "run", range(5, 9), tags=["w"])
        data.reload()
        assert finished(served)["revision"] != old
        for route in ("metrics?run=run&metric=mean", "histograms?series=0"):
            tensors, _ = decode(get(served, route, If_None_Match=f'"{old}"').data)
            assert tensors["step"].tolist() == list(range(9))


def test_a_series_read_again_with_the_same_steps_is_not_measured_again(between, measured):
    served = client(between)
    before = finished(served)
    measured.clear()
    between.listed = lambda runs: {
        run: {tag: _later(entry) if run == "first" else entry for tag, entry in tags.items()}
        for run, tags in runs.items()
    }
    between.read.clear()
    assert wait_for(lambda: finished(served) if between.read else get(served, "report") and None) == before
    assert not measured


def _later(entry):
    return type(entry)(
        max_step=entry.max_step,
        max_wall_time=entry.max_wall_time + 1,
        plugin_content=entry.plugin_content,
        description=entry.description,
        display_name=entry.display_name,
    )


def test_the_report_answers_while_measuring_goes_on(between, monkeypatch):
    monkeypatch.setattr(chunks, "CHUNK_BYTES", 1)
    between.gate.clear()
    served = client(between)
    assert get(served, "report").json["progress"] == {"judged": 0, "total": 4}
    assert get(served, "report").json["progress"] == {"judged": 0, "total": 4}
    assert get(served, "metrics?run=first&metric=mean").status_code == 200
    between.gate.set()
    assert len(finished(served)["series"]) == 4


def test_reports_in_between_hold_what_is_measured_so_far(between, monkeypatch):
    monkeypatch.setattr(chunks, "CHUNK_BYTES", 1)
    seen = []
    judge = knowledge.judge

    def spy(metrics, *arguments, **options):
        seen.append(len(metrics.series))
        return judge(metrics, *arguments, **options)

    monkeypatch.setattr(knowledge, "judge", spy)
    finished(client(between))
    assert seen == [1, 2, 4]


def test_reports_in_between_double_so_that_all_cost_little_more_than_the_last(tmp_path, monkeypatch):
    monkeypatch.setattr(chunks, "CHUNK_BYTES", 1)
    write_run(tmp_path / "log" / "run", range(2), tags=[f"t{number:02}" for number in range(40)])
    seen = []
    judge = knowledge.judge
    monkeypatch.setattr(
        knowledge, "judge", lambda metrics, *a, **o: seen.append(len(metrics.series)) or judge(metrics, *a, **o)
    )
    with multiplexer(tmp_path / "log") as data:
        finished(client(data.provider))
    assert seen == [1, 2, 4, 8, 16, 32, 40]


def test_a_series_that_cannot_be_read_costs_no_other(between):
    between.broken = {TAGS[0]}
    served = client(between)
    report = finished(served)
    assert {entry["tag"] for entry in report["series"]} == {TAGS[1]}
    assert len(report["messages"]) == 2
    assert "OSError: a broken disk" in report["messages"][0]
    assert repr(TAGS[0]) in report["messages"][0]
    assert "\n" not in "".join(report["messages"])
    assert finished(served)["revision"] == report["revision"], "it is left in peace until it changes"


def test_a_series_that_cannot_be_measured_costs_no_other(between, monkeypatch):
    measure = knowledge.measure

    def fragile(batch):
        if any((series.run, series.tag) == ("second", TAGS[0]) for series in batch.series):
            raise FloatingPointError("too steep")
        return measure(batch)

    monkeypatch.setattr(knowledge, "measure", fragile)
    report = finished(client(between))
    assert len(report["series"]) == 3
    assert [message for message in report["messages"] if "could not be measured: FloatingPointError" in message]


def test_many_failures_are_counted_not_listed(tmp_path, monkeypatch):
    write_run(tmp_path / "log" / "run", range(1), tags=[f"t{number}" for number in range(50)])

    def broken(batch):
        raise ValueError

    monkeypatch.setattr(knowledge, "measure", broken)
    with multiplexer(tmp_path / "log") as data:
        messages = finished(client(data.provider))["messages"]
    assert len(messages) == knowledge.MESSAGES + 1
    assert "30 more" in messages[-1]


def test_what_is_measured_is_judged_by_the_configuration(between):
    config = Config(
        source="mine",
        select=(Match("frozen-weights"),),
        naming=Naming(roles=(("kernel", "activation"),)),
    )
    known = Ledger(Source(between), kept=None, config=config)
    first = known.refresh(RequestContext())
    assert first.report.configuration == config.used()
    done = wait_for(lambda: (now := known.refresh(RequestContext())) and now.report.progress.judged == 4 and now)
    assert {entry.tag: entry.role for entry in done.report.series} == {
        "dense/bias": "bias",
        "dense/kernel": "activation",
    }
    assert {row.rule for row in done.report.coverage} == {"frozen-weights"}


def test_a_complaint_about_the_configuration_stays_first(between):
    between.broken = {TAGS[0]}
    between.gate.clear()
    known = Ledger(Source(between), kept=None, complaint="Nobody can read that.")
    assert known.refresh(RequestContext()).report.messages == ("Nobody can read that.",)
    between.gate.set()
    done = wait_for(lambda: (now := known.refresh(RequestContext())) and now.report.progress.judged == 4 and now)
    assert done.report.messages[0] == "Nobody can read that."
    assert len(done.report.messages) == 3


def test_when_nothing_can_be_judged_the_report_says_so(between, monkeypatch):
    def broken(*arguments, **options):
        raise ZeroDivisionError("none")

    monkeypatch.setattr(knowledge, "judge", broken)
    served = client(between)
    report = finished(served)
    assert "could not be judged: ZeroDivisionError: none" in report["messages"][0]
    assert get(served, "metrics?run=first&metric=mean").status_code == 200


def test_scalars_that_cannot_be_read_cost_no_histogram(between):
    def broken(ctx, **arguments):
        raise OSError("no scalars today")

    between.list_scalars = broken
    report = finished(client(between))
    assert len(report["series"]) == 4
    assert "The scalars of run 'first' could not be read: OSError: no scalars today" in report["messages"]


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_loss_that_goes_on_alone_is_read_again(name, tmp_path, measured):
    run = tmp_path / "log" / "run"
    write_run(run, range(10))
    with PROVIDERS[name](tmp_path / "log") as data:
        served = client(data.provider)
        old = finished(served)["revision"]
        measured.clear()
        write_run(run, range(10, 30), tags=())
        data.reload()
        wait_for(lambda: finished(served)["revision"] != old)

        def grown():
            tensors, texts = decode(get(served, "metrics?run=run&metric=loss").data)
            return texts["0"] == "loss" and tensors["0.step"].tolist() == list(range(30))

        wait_for(lambda: finished(served) and grown())
    assert not measured, "its histograms are as they were"


def test_a_run_that_is_gone_leaves_the_report(between):
    served = client(between)
    finished(served)
    between.listed = lambda runs: {run: tags for run, tags in runs.items() if run == "second"}
    report = wait_for(lambda: (found := finished(served)) and (found if len(found["series"]) == 2 else None))
    assert {entry["run"] for entry in report["series"]} == {"second"}
    assert report["progress"] == {"judged": 2, "total": 2}


def test_a_data_server_that_is_gone_is_named_and_nothing_breaks(tmp_path):
    write_run(tmp_path / "log" / "run", range(3))
    with rust(tmp_path / "log") as data:
        served = client(data.provider)
        finished(served)
        data.stop()
        for route in ("report", "histograms?series=0"):
            answer = get(served, route)
            assert answer.status_code == 503
            assert answer.content_type.startswith("text/plain")
            assert "data server" in answer.text
        assert get(served, "metrics?run=run&metric=mean").status_code == 200, "what is measured stays"


def test_a_provider_that_fails_while_measuring_is_tried_again(between):
    between.broken = set(TAGS)
    calls = Counter()
    good = between.listed

    def failing(runs):
        calls["list"] += 1
        if calls["list"] > 1:
            raise OSError("the disk is gone")
        return runs

    between.listed = failing
    served = client(between)
    assert get(served, "report").json["progress"] == {"judged": 0, "total": 4}
    wait_for(lambda: get(served, "report").status_code == 503)
    between.listed, between.broken = good, set()
    report = finished(served)
    assert len(report["series"]) == 4
    assert report["messages"] == []


def test_an_evicted_ledger_stops_measuring(between, monkeypatch):
    monkeypatch.setattr(chunks, "CHUNK_BYTES", 1)
    between.gate.clear()
    served = client(between)
    for number in range(6):
        served.get(f"/experiment/{number}/data/plugin/histdiag/report")
    workers = [thread for thread in threading.enumerate() if thread.name == "histdiag"]
    assert all(thread.daemon for thread in workers), "none can keep TensorBoard from stopping"
    between.gate.set()
    for thread in workers:
        thread.join(60)
    assert not any(thread.is_alive() for thread in workers)


def test_nan_and_empty_histograms_are_measured_and_sent(tmp_path):
    write_run(tmp_path / "log" / "run", range(4), tags=["w"])
    with multiplexer(tmp_path / "log") as data:
        served = client(Between(_WithNan(data.provider)))
        report = finished(served)
        assert report["messages"] == []
        tensors, _ = decode(get(served, "histograms?series=0").data)
        assert tensors["nonfinite"].tolist() == [0, 1, 0, 0]
        assert tensors["start"][1] == tensors["start"][2], "it owns no buckets"
        tensors, _ = decode(get(served, "metrics?run=run&metric=mean").data)
        assert np.isnan(tensors["mean.value"]).tolist() == [False, True, False, False]


class _WithNan:
    def __init__(self, provider):
        self.provider = provider

    def read_tensors(self, ctx, **arguments):
        answer = self.provider.read_tensors(ctx, **arguments)
        second = answer["run"]["w"][1]
        answer["run"]["w"][1] = type(second)(second.step, second.wall_time, np.full((30, 3), np.nan))
        return answer

    def __getattr__(self, method):
        return getattr(self.provider, method)
