"""The routes, served through TensorBoard's own application from real logs, with both of its data providers."""

from __future__ import annotations

import argparse
import gzip
import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from served import PREFIX, PROVIDERS, TAGS, client, finished, get, multiplexer, write_run
from tensorboard.context import RequestContext
from tensorboard.data.provider import RunTagFilter
from test_wire import decode

from tensorboard_plugin_histdiag.loader import Loader
from tensorboard_plugin_histdiag.server import bundle
from tensorboard_plugin_histdiag.server.plugin import kept_histograms


@pytest.fixture(scope="module")
def logdir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served") / "log"
    write_run(folder / "first", range(60))
    write_run(folder / "second", range(0, 30, 3), seed=1)
    return folder


@pytest.fixture(scope="module", params=PROVIDERS)
def provider(request, logdir):
    with PROVIDERS[request.param](logdir) as data:
        yield data.provider


@pytest.fixture
def served(provider):
    return client(provider)


class Counting:
    """A provider that counts what is asked of another."""

    def __init__(self, provider):
        self.provider = provider
        self.calls = Counter()

    def __getattr__(self, method):
        self.calls[method] += 1
        return getattr(self.provider, method)


def test_the_first_report_comes_at_once_and_says_how_much_there_is_to_do(served):
    report = get(served, "report").json
    assert report["progress"]["total"] == 4
    assert report["revision"]


def test_the_finished_report_names_every_series_once(served):
    report = finished(served)
    assert report["progress"] == {"judged": 4, "total": 4}
    assert [(entry["run"], entry["tag"]) for entry in report["series"]] == [
        (run, tag) for run in ("first", "second") for tag in TAGS
    ]
    assert len({entry["id"] for entry in report["series"]}) == 4
    assert report["messages"] == []


def test_a_report_that_the_browser_holds_is_not_sent_again_and_reads_no_tensor(provider):
    counting = Counting(provider)
    served = client(counting)
    revision = finished(served)["revision"]
    counting.calls.clear()
    answer = get(served, "report", If_None_Match=f'"{revision}"')
    assert (answer.status_code, answer.data) == (304, b"")
    assert answer.headers["ETag"] == f'"{revision}"'
    assert not counting.calls["read_tensors"] + counting.calls["read_scalars"]


def test_nothing_that_is_answered_makes_tensorboard_warn_of_its_headers(served, caplog):
    revision = finished(served)["revision"]
    script = get(served, "static/index.js").headers["ETag"]
    for route in ("report", "rules", "metrics?run=first&metric=mean", "metrics", "histograms?series=0", "static/x"):
        get(served, route)
        get(served, route, If_None_Match=f'"{revision}"')
    answer = get(served, "static/index.js", If_None_Match=script)
    assert answer.headers["Content-Type"].startswith("text/javascript"), "a browser may take it over into its cache"
    assert not caplog.records


def test_the_revision_is_the_same_after_a_restart(provider):
    assert finished(client(provider))["revision"] == finished(client(provider))["revision"]


def test_metrics_of_a_run_come_as_arrays_by_series(served, provider):
    ids = {entry["id"]: entry["tag"] for entry in finished(served)["series"] if entry["run"] == "first"}
    answer = get(served, "metrics?run=first&metric=mean,entropy")
    assert answer.content_type == "application/octet-stream"
    tensors, _ = decode(answer.data)
    assert sorted(tensors["series"]) == sorted(ids)
    for index, identity in enumerate(tensors["series"]):
        part = slice(*tensors["start"][index : index + 2])
        true = _logged(provider, "first", ids[identity], 1000)
        assert tensors["step"][part].tolist() == [datum.step for datum in true]
        assert tensors["wall_time"][part].tolist() == [datum.wall_time for datum in true]
        assert (tensors["mean.low"][part] <= tensors["mean.value"][part]).all()
        lowest = [datum.numpy[0, 0] for datum in true]
        assert (tensors["mean.low"][part] > lowest).all()
    assert "entropy.value" in tensors
    assert "entropy.low" not in tensors, "nothing is proved about an estimate"
    assert tensors["nonfinite"].dtype == np.uint8


def test_metrics_of_chosen_series_come_alone(served):
    mine = [entry["id"] for entry in finished(served)["series"] if entry["run"] == "first"]
    tensors, _ = decode(get(served, f"metrics?run=first&metric=mean&series={mine[1]},999").data)
    assert tensors["series"].tolist() == [mine[1]]
    assert len(tensors["mean.value"]) == len(tensors["step"]) == tensors["start"][-1]
    assert served.get("/data/plugin/histdiag/metrics?run=first&metric=mean&series=x").status_code == 400


def test_of_thousands_of_series_values_come_alone_with_the_steps_they_share_once(served):
    finished(served)
    whole, _ = decode(get(served, "metrics?run=second&metric=mean").data)
    brief, _ = decode(get(served, "metrics?run=second&metric=mean&brief=true").data)
    assert brief.keys() == {"series", "start", "nonfinite", "clock", "clock_start", "step", "mean.value"}
    for name in ("series", "start", "nonfinite", "mean.value"):
        assert np.array_equal(brief[name], whole[name], equal_nan=name == "mean.value"), name
    assert len(brief["step"]) == len(whole["step"]) / 2, "both tensors were logged at the same steps"
    for index, clock in enumerate(brief["clock"]):
        steps = brief["step"][slice(*brief["clock_start"][clock : clock + 2])]
        assert np.array_equal(steps, whole["step"][slice(*whole["start"][index : index + 2])])
    records, _ = decode(get(served, "metrics?run=second&metric=records&brief=true").data)
    assert records.keys() == brief.keys() - {"mean.value"}


def test_the_loss_comes_alone_where_nothing_else_is_asked_for(served):
    finished(served)
    tensors, _ = decode(get(served, "metrics?run=second&metric=loss").data)
    assert tensors.keys() == {"0.step", "0.wall_time", "0.value"}


def test_the_loss_comes_with_its_tag_and_kind(served):
    finished(served)
    tensors, texts = decode(get(served, "metrics?run=second&metric=loss").data)
    assert texts == {"0": "loss", "0.kind": "loss"}
    assert tensors["0.step"].tolist() == list(range(0, 30, 3))
    assert tensors["0.value"] == pytest.approx(1 / (1 + tensors["0.step"]))


def test_histograms_of_many_series_come_in_one_answer_with_the_steps_of_the_stock_tab(served, provider):
    entries = {entry["id"]: entry for entry in finished(served)["series"]}
    tensors, _ = decode(get(served, f"histograms?series={','.join(map(str, entries))}&steps=7").data)
    assert sorted(tensors["series"]) == sorted(entries)
    for index, identity in enumerate(tensors["series"]):
        part = slice(*tensors["series_start"][index : index + 2])
        stock = _logged(provider, entries[identity]["run"], entries[identity]["tag"], 7)
        assert tensors["step"][part].tolist() == [datum.step for datum in stock]


def test_a_histogram_has_the_logged_buckets_without_the_empty_ones(served, provider):
    entry = finished(served)["series"][0]
    tensors, _ = decode(get(served, f"histograms?series={entry['id']}").data)
    logged = _logged(provider, entry["run"], entry["tag"], 1000)
    assert len(tensors["step"]) == len(logged)
    for index, datum in enumerate(logged):
        rows = np.stack(
            [tensors[name][slice(*tensors["start"][index : index + 2])] for name in ("left", "right", "count")]
        )
        assert np.array_equal(rows.T, datum.numpy[datum.numpy[:, 2] > 0])


def test_arrays_are_compressed_where_the_browser_can_undo_it(served):
    finished(served)
    route = "metrics?run=first&metric=mean"
    plain, packed = get(served, route), get(served, route, Accept_Encoding="gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data


def test_arrays_named_by_revision_need_not_be_asked_for_again(served):
    revision = finished(served)["revision"]
    for route in ("metrics?run=first&metric=mean", "histograms?series=0"):
        assert "max-age" in get(served, f"{route}&revision={revision}").headers["Cache-Control"]
        assert "no-cache" in get(served, route).headers["Cache-Control"]
        assert get(served, route, If_None_Match=f'"{revision}"').status_code == 304


def test_two_runs_are_compared_at_their_last_common_step_though_one_is_longer(served, provider):
    revision = finished(served)["revision"]
    answer = get(served, "compare?run=first&with=second").json
    assert [row["tag"] for row in answer["tensors"]] == [*TAGS]
    for row in answer["tensors"]:
        assert (row["run"]["step"], row["other"]["step"]) == (27, 27)
        assert row["drift"]["low"] <= row["drift"]["value"] <= row["drift"]["high"]
        for name, side in (("first", row["run"]), ("second", row["other"])):
            tensors, _ = decode(get(served, f"metrics?run={name}&metric=mean,spread").data)
            place = int(np.flatnonzero(tensors["step"][: tensors["start"][1]] == 27)[0])
            place += int(tensors["start"][TAGS.index(row["tag"])])
            assert side["spread"]["value"] == pytest.approx(tensors["spread.value"][place])
            assert side["reading"]
    assert answer["text"].startswith("first and second are alike in 2 tensors")
    assert get(served, "compare?run=first&with=second", If_None_Match=f'"{revision}"').status_code == 304


def test_a_run_is_the_same_as_itself_and_only_its_last_records_are_read(provider):
    counting = Counting(provider)
    served = client(counting)
    finished(served)
    read = []
    counting.read_tensors = lambda ctx, **asked: read.append(asked["downsample"]) or provider.read_tensors(ctx, **asked)
    answer = get(served, "compare?run=first&with=first").json
    assert answer["text"] == "first and first are the same in 2 tensors compared."
    assert [row["run"]["step"] for row in answer["tensors"]] == [59, 59]
    assert set(read) == {1}


def test_rules_and_metrics_are_documented(served):
    answer = get(served, "rules")
    assert answer.content_type == "application/json"
    assert {"mean", "spread", "zeros"} <= {metric["name"] for metric in answer.json["metrics"]}
    assert all(rule["summary"] for rule in answer.json["rules"])


@pytest.mark.parametrize(
    ("route", "code", "text"),
    [
        ("metrics?metric=mean", 400, "'run'"),
        ("metrics?run=first", 400, "'metric'"),
        ("metrics?run=first&metric=mean,beauty", 400, "'beauty'"),
        ("metrics?run=<script>&metric=mean", 404, "'<script>'"),
        ("histograms", 400, "'series'"),
        ("histograms?series=1,x", 400, "'x'"),
        ("histograms?series=-1", 400, "'-1'"),
        ("histograms?series=1_0", 400, "'1_0'"),
        ("histograms?series=" + "9" * 5000, 400, "'999"),
        ("histograms?series=4711", 404, "4711"),
        ("histograms?series=0&steps=0", 400, "'0'"),
        ("histograms?series=0&steps=many", 400, "'many'"),
        ("histograms?series=0&revision=stale", 404, "'stale'"),
        ("metrics?run=first&metric=mean&revision=stale", 404, "'stale'"),
        ("compare?run=first", 400, "'with'"),
        ("compare?run=first&with=<b>", 404, "'<b>'"),
        ("compare?run=first&with=second&revision=stale", 404, "'stale'"),
        ("static/nothing.js", 404, "'nothing.js'"),
    ],
)
def test_a_bad_request_is_told_what_is_bad_in_plain_text(served, route, code, text):
    finished(served)
    answer = get(served, route)
    assert answer.status_code == code
    assert answer.content_type.startswith("text/plain")
    assert text in answer.text
    assert "Traceback" not in answer.text


def test_a_very_large_number_of_steps_means_all(served):
    finished(served)
    assert get(served, "histograms?series=0&steps=999999999999").status_code == 200


def test_only_reading_is_allowed(served):
    answer = served.post(f"{PREFIX}/report")
    assert answer.status_code == 405
    assert served.head(f"{PREFIX}/report").data == b""


def test_routes_work_under_a_path_prefix_and_an_experiment(provider):
    served = client(provider, path_prefix="/pre/fix")
    for place in ("/pre/fix", "/pre/fix/experiment/some-id"):
        assert served.get(f"{place}{PREFIX}/report").json["progress"]["total"] == 4
        assert served.get(f"{place}{PREFIX}/static/index.js").status_code == 200


def test_the_ids_of_many_experiments_do_not_pile_up(provider):
    served = client(provider)
    for number in range(12):
        assert served.get(f"/experiment/{number}{PREFIX}/report").status_code == 200
    assert finished(served)["progress"]["judged"] == 4


def test_the_tab_is_enabled_by_the_histograms_alone(served):
    listing = served.get("/data/plugins_listing").json["histdiag"]
    assert listing["enabled"] is True
    assert listing["tab_name"] == "Diagnostics"
    assert listing["loading_mechanism"]["module_path"] == f"{PREFIX}/static/index.js"


def test_many_requests_at_once_get_whole_answers(provider):
    served = client(provider)
    routes = ["report", "metrics?run=first&metric=mean,loss", "rules", "histograms?series=0,1,2,3&steps=5"] * 8
    get(served, "report")
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda route: get(served, route), routes))
    assert {answer.status_code for answer in answers} == {200}
    assert finished(served)["progress"] == {"judged": 4, "total": 4}


# The configuration


def configured(provider, file, text: str = "", **context):
    """Serve as TensorBoard does with the flag."""
    if text:
        file.write_text(text)
    parser = argparse.ArgumentParser()
    Loader().define_flags(parser)
    return client(provider, flags=parser.parse_args([f"--histdiag_config={file}"]), **context)


def test_without_the_flag_the_defaults_are_used_wherever_a_configuration_lies(tmp_path, monkeypatch):
    write_run(tmp_path / "log" / "run", range(5))
    for folder in (tmp_path, tmp_path / "log", tmp_path / "log" / "run"):
        (folder / "histdiag.toml").write_text('profile = "strict"\n')
    monkeypatch.chdir(tmp_path)
    parser = argparse.ArgumentParser()
    Loader().define_flags(parser)
    with multiplexer(tmp_path / "log") as data:
        report = finished(client(data.provider, flags=parser.parse_args([])))
    assert report["configuration"] == {"source": "defaults", "profile": "default", "muted": 0, "text": ""}


def test_the_flag_names_the_configuration_of_reports_and_rules(provider, tmp_path):
    served = configured(provider, tmp_path / "my.toml", 'profile = "gan-rl"\n[thresholds]\nweight_growth = 12.5\n')
    report = finished(served)
    assert report["messages"] == []
    assert report["configuration"]["source"] == str(tmp_path / "my.toml")
    assert report["configuration"]["profile"] == "gan-rl"
    assert "weight_growth = 12.5" in report["configuration"]["text"]
    (rule,) = (rule for rule in get(served, "rules").json["rules"] if rule["rule"] == "weight-explosion")
    assert "12.5" in rule["how"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "cannot be read: No such file or directory"),
        ("profile = ", "is no TOML"),
        ('profile = "stict"', 'profile = "stict": there is no such profile; did you mean strict?'),
    ],
)
def test_a_wrong_configuration_is_named_in_the_report_of_the_defaults(provider, tmp_path, text, said):
    report = finished(configured(provider, tmp_path / "my.toml", text))
    (message,) = report["messages"]
    assert message.startswith(f"The configuration is not used, the defaults are: {tmp_path / 'my.toml'}")
    assert said in message
    assert report["configuration"]["source"] == "defaults"
    assert report["progress"] == {"judged": 4, "total": 4}


def test_the_revision_depends_on_the_configuration(provider, tmp_path):
    file = tmp_path / "my.toml"
    texts = ("", 'profile = "strict"', "[thresholds]\nweight_growth = 12.5", 'ignore = [{ tag = "bias" }]')
    revisions = [finished(configured(provider, file, f"{text}\n"))["revision"] for text in texts]
    assert len({*revisions, finished(client(provider))["revision"]}) == len(texts) + 1
    assert finished(configured(provider, file))["revision"] == revisions[-1]


def test_an_empty_log_gives_an_empty_report(tmp_path):
    (tmp_path / "log").mkdir()
    with multiplexer(tmp_path / "log") as data:
        report = finished(client(data.provider))
    assert report["series"] == []
    assert report["progress"] == {"judged": 0, "total": 0}


@pytest.mark.skipif(os.name == "nt", reason="no such file names there")
def test_names_that_are_markup_pass_as_they_are(tmp_path):
    run, tag = '<b>&"\n\u202e', "<script>alert(1)</script>\0"
    write_run(tmp_path / "log" / run, range(3), tags=[tag])
    with multiplexer(tmp_path / "log") as data:
        report = finished(client(data.provider))
    assert [(entry["run"], entry["tag"]) for entry in report["series"]] == [(run, tag)]


@pytest.mark.parametrize(
    ("name", "hints", "kept"),
    [
        ("rust", {}, 100),
        ("multiplexer", {}, 500),
        ("provider", {}, None),
        ("rust", {"histograms": 7, "scalars": 3}, 7),
        ("rust", {"histograms": 0}, None),
        ("multiplexer", {"histogram": 0}, 500),
    ],
)
def test_how_many_histograms_tensorboard_keeps_is_known(name, hints, kept):
    assert kept_histograms(name, hints) == kept


def test_a_series_of_which_tensorboard_dropped_records_is_marked_as_sampled(tmp_path):
    write_run(tmp_path / "log" / "run", range(520), tags=["w"])
    with multiplexer(tmp_path / "log") as data:
        (entry,) = finished(client(data.provider))["series"]
        assert entry["sampled"]
        (entry,) = finished(client(data.provider, sampling_hints={"histograms": 0}))["series"]
        assert not entry["sampled"]


def test_the_bundle_is_served_with_types_that_browsers_accept(served):
    answer = get(served, "static/index.js")
    assert answer.content_type.startswith("text/javascript")
    assert get(served, "static/index.js", If_None_Match=answer.headers["ETag"]).status_code == 304


def test_a_missing_bundle_is_replaced_by_a_module_that_says_how_to_build_it(tmp_path):
    contents, content_type = bundle.read("index.js", tmp_path / "static")
    assert content_type == "text/javascript"
    assert b"export function render()" in contents
    assert b"pip install ." in contents


@pytest.mark.parametrize("name", ["../plugin.py", "..%2fplugin.py", "/etc/passwd", "", ".", "a\0b", "%00"])
def test_nothing_outside_the_bundle_is_served(served, name, tmp_path):
    (tmp_path / "static").mkdir()
    (tmp_path / "plugin.py").write_text("secret")
    assert bundle.read(name, tmp_path / "static") is None
    assert get(served, f"static/{name}").status_code == 404


def _logged(provider, run: str, tag: str, downsample: int):
    chosen = RunTagFilter([run], [tag])
    read = provider.read_tensors(
        RequestContext(), experiment_id="", plugin_name="histograms", downsample=downsample, run_tag_filter=chosen
    )
    return read[run][tag]
