"""The command line: what it takes, what it says and how it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.plugins.scalar.summary_v2 import scalar_pb
from tensorboard.summary.writer.record_writer import RecordWriter

from tensorboard_plugin_histdiag import __version__
from tensorboard_plugin_histdiag.cli import main
from tensorboard_plugin_histdiag.demo.runs import RUNS
from tensorboard_plugin_histdiag.demo.write import write_run
from tensorboard_plugin_histdiag.report import Configuration, Report, Rules
from tensorboard_plugin_histdiag.rules import DEFAULT, RULES

HEAVY = ("grpc", "msgspec", "numpy", "rich", "tensorboard")
SICK, HEALTHY = "nan-midway", "healthy-tanh"


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "tensorboard_plugin_histdiag.cli", *arguments]


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a process of its own, its output no terminal."""
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8", **variables}
    return subprocess.run(
        command(*arguments), capture_output=True, text=True, encoding="utf-8", check=False, env=environment
    )


@pytest.fixture(scope="module")
def logdir(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Log two trainings, one of which goes NaN."""
    folder = tmp_path_factory.mktemp("logs")
    for network in RUNS:
        if network.name in (SICK, HEALTHY):
            list(write_run(network, folder / network.name))
    return str(folder)


@pytest.fixture(scope="module")
def only_scalars(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("scalars")
    with (folder / "events.out.tfevents.1.test").open("wb") as file:
        RecordWriter(file).write(Event(step=1, wall_time=1.0, summary=scalar_pb("loss", 0.5)).SerializeToString())
    return str(folder)


def broken(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Let the diagnosis raise."""

    def diagnose(*_: object, **__: object) -> Report:
        raise error

    monkeypatch.setattr(sys.modules["tensorboard_plugin_histdiag.diagnose"], "diagnose", diagnose)


# Before any log is read


def test_importing_the_command_line_imports_nothing_heavy():
    code = f"import sys, tensorboard_plugin_histdiag.cli; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_version_is_that_of_the_package(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"histdiag {__version__}\n"


@pytest.mark.parametrize("name", ["", "check", "report", "explain", "rules", "demo"])
def test_help_is_given_and_fits_a_terminal(name, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert main([*name.split(), "--help"]) == 0
    said = capsys.readouterr().out
    assert "usage: histdiag" in said
    assert max(map(len, said.splitlines())) <= 80


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ("", "COMMAND"),
        ("diagnose", "'diagnose'"),
        ("check", "LOGDIR"),
        ("check logs --format yaml", "--format"),
        ("check logs --fail-on note", "--fail-on"),
        ("check logs --form json", "unrecognized arguments: --form json (see histdiag check --help)"),
        ("check logs more", "unrecognized arguments: more (see histdiag check --help)"),
        ("check logs --also markdown", "--also"),
        ("check --watch logs", "LOGDIR goes before --watch"),
        ("demo --port 70000", "--port"),
        ("demo --port x", "--port"),
        ("check logs --profile loose", "--profile"),
        ("check logs --strict --profile default", "--strict"),
        ("check logs --config a.toml --no-config", "--no-config"),
        ("check logs --select dead-units --ignore large-updates,dead-units", "--ignore leaves none"),
        ("explain", "RULE"),
    ],
)
def test_wrong_usage_ends_with_2_and_is_named_in_one_line(arguments, named, capsys):
    assert main(arguments.split()) == 2
    [said] = capsys.readouterr().err.splitlines()
    assert said.startswith("histdiag: ")
    assert named in said


@pytest.mark.parametrize("command", ["check", "report"])
def test_a_directory_that_is_none_ends_with_2(command, tmp_path, capsys):
    (tmp_path / "events.out.tfevents.1").write_bytes(b"")
    assert main([command, str(tmp_path / "events.out.tfevents.1")]) == 2
    assert "events.out.tfevents.1 is a file, not the directory" in capsys.readouterr().err
    assert main([command, ""]) == 2
    assert "LOGDIR: it is empty; is a variable not set?" in capsys.readouterr().err


def test_a_bad_pattern_is_named(capsys):
    assert main(["check", "logs", "--run", "(train"]) == 2
    assert capsys.readouterr().err.startswith("histdiag: --run: '(train' is no regular expression: missing )")


@pytest.mark.parametrize("arguments", ["explain {}", "check logs --select {}", "check logs --ignore dead-units,{}"])
def test_an_unknown_rule_is_named_with_the_nearest_right_one(arguments, capsys):
    assert main(arguments.format("non-finite-value").split()) == 2
    said = capsys.readouterr().err
    assert said == (
        "histdiag: There is no rule 'non-finite-value'. Did you mean non-finite-values? All rules: histdiag rules\n"
    )


def test_a_name_like_no_rule_gets_no_guess(capsys):
    assert main(["explain", "\x1b[2Jqqq"]) == 2
    assert capsys.readouterr().err == "histdiag: There is no rule '\\x1b[2Jqqq'. All rules: histdiag rules\n"


@pytest.mark.parametrize("names", ["", "dead-units,large-updates"])
def test_only_one_rule_is_explained_at_a_time(names, capsys):
    assert main(["explain", names]) == 2
    assert f"There is no rule {names!r}" in capsys.readouterr().err


# The rules


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_is_explained(rule, capsys):
    assert main(["explain", rule.name]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"{rule.name}: ")
    for section in ("What it shows", "Why it matters", "How it is computed", "What to try", "When it is harmless"):
        assert f"\n{section}\n" in said
    assert max(map(len, said.splitlines())) <= 80


def test_the_rules_are_listed_in_order(capsys):
    assert main(["rules"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines if not line.startswith(" ")] == [rule.name for rule in RULES]
    assert max(map(len, lines)) <= 80


def test_the_rules_are_listed_for_the_readme(capsys):
    assert main(["rules", "--format", "markdown"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("`")[1] for line in lines[2:]] == [rule.name for rule in RULES]


def test_the_rules_are_listed_as_json(capsys):
    assert main(["rules", "--format", "json"]) == 0
    assert len(msgspec.json.decode(capsys.readouterr().out, type=Rules).rules) == len(RULES)


# A log


def test_a_sick_log_fails(logdir):
    done = run("check", logdir)
    assert (done.returncode, done.stderr) == (1, "")
    assert "error" in done.stdout.splitlines()[0]
    assert done.stdout.splitlines()[-1] == done.stdout.splitlines()[0]
    assert done.stdout.index(f"Run {SICK}") < done.stdout.index(f"Run {HEALTHY}")
    assert "non-finite-values, certain" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_a_healthy_run_passes(logdir, capsys):
    assert main(["check", logdir, "--run", "^healthy", "--fail-on", "warning"]) == 0
    said = capsys.readouterr().out
    assert f"Run {HEALTHY}" in said
    assert SICK not in said


def test_findings_can_be_no_reason_to_fail(logdir, capsys):
    assert main(["check", logdir, "--fail-on", "never"]) == 0
    assert "non-finite-values" in capsys.readouterr().out


def test_the_readings_are_given_when_asked_for(logdir, capsys):
    assert main(["check", logdir, "--run", HEALTHY, "--verbose"]) == 0
    assert "\n  Readings\n" in capsys.readouterr().out


def test_the_report_comes_as_json(logdir, capsys):
    assert main(["check", logdir, "--format", "json"]) == 1
    report = msgspec.json.decode(capsys.readouterr().out, type=Report)
    assert {entry.run for entry in report.runs} == {SICK, HEALTHY}
    assert report.progress.judged == report.progress.total == len(report.series)


def test_selected_rules_are_judged_alone(logdir, capsys):
    selected = ["--select", "dead-units, series-stopped", "--select", "dead-units"]
    assert main(["check", *selected, logdir, "--format", "json", "--pretty"]) == 0
    report = msgspec.json.decode(capsys.readouterr().out, type=Report)
    assert {row.rule for row in report.coverage} == {"dead-units", "series-stopped"}


@pytest.mark.parametrize(("options", "rules"), [((), DEFAULT), (("--strict",), RULES)], ids=["as is", "strict"])
def test_rules_that_are_off_by_default_judge_only_when_asked_to(options, rules, logdir, capsys):
    assert main(["check", logdir, "--format", "json", *options]) == 1
    report = msgspec.json.decode(capsys.readouterr().out, type=Report)
    assert {row.rule for row in report.coverage} == {rule.name for rule in rules}


def test_an_ignored_rule_fails_nothing(logdir, capsys):
    assert main(["check", logdir, "--ignore", "non-finite-values", "--format", "json"]) in (0, 1)
    report = msgspec.json.decode(capsys.readouterr().out, type=Report)
    assert "non-finite-values" not in {finding.rule for finding in report.findings}


def test_the_report_goes_to_a_file(logdir, tmp_path, capsys):
    file = tmp_path / "report.txt"
    assert main(["check", logdir, "-o", str(file)]) == 1
    assert capsys.readouterr().out == ""
    assert "✗ error" in file.read_text(encoding="utf-8")


@pytest.mark.parametrize("option", [["--output"], ["--also", "json"]], ids=["output", "also"])
def test_a_file_that_cannot_be_written_is_named_before_the_log_is_read(option, tmp_path, capsys):
    (tmp_path / "logs").mkdir()
    assert main(["check", str(tmp_path / "logs"), *option, str(tmp_path / "logs" / "new" / "report.json")]) == 3
    capsys.readouterr()
    assert main(["check", str(tmp_path / "logs"), *option, str(tmp_path / "logs2" / "report.json")]) == 2
    assert capsys.readouterr().err.endswith(f"report.json: there is no directory {tmp_path / 'logs2'}\n")
    assert main(["check", str(tmp_path / "logs"), *option, str(tmp_path)]) == 2
    assert capsys.readouterr().err.endswith(": it is a directory\n")
    assert main(["check", str(tmp_path / "logs"), *option, str(tmp_path / "events.out.tfevents.1")]) == 2
    assert "never written over" in capsys.readouterr().err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no such device")
def test_a_full_disk_is_named_after_the_report_is_shown(logdir, capsys):
    assert main(["check", logdir, "--also", "json", "/dev/full"]) == 2
    captured = capsys.readouterr()
    assert "non-finite-values" in captured.out
    assert captured.err == "histdiag: cannot write /dev/full: No space left on device\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no such device")
def test_standard_output_on_a_full_disk_is_named():
    with open("/dev/full", "w") as full:
        done = subprocess.run(command("rules"), stdout=full, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (
        2,
        "histdiag: cannot write to standard output: No space left on device\n",
    )


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such shell")
@pytest.mark.parametrize(("closed", "code"), [(">&-", 0), ("2>&-", 3)])
def test_what_is_closed_is_not_written_to(closed, code, tmp_path):
    arguments = ["rules"] if code == 0 else ["check", str(tmp_path / "none")]
    done = subprocess.run(["sh", "-c", f'"$@" {closed}', "sh", *command(*arguments)], capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (code, b"", b"")


# The configuration


def checked(capsys: pytest.CaptureFixture[str], *arguments: str) -> Report:
    """Check as JSON; whatever the exit code is but wrong usage."""
    assert main(["check", *arguments, "--format", "json"]) in (0, 1)
    return msgspec.json.decode(capsys.readouterr().out, type=Report)


@pytest.fixture
def configured(tmp_path, monkeypatch) -> Path:
    """Work where a configuration lies."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "histdiag.toml"
    file.write_text('ignore = ["non-finite-values"]\n')
    return file


def test_the_configuration_of_the_working_directory_is_used_and_named(logdir, configured, capsys):
    report = checked(capsys, logdir)
    assert report.configuration.source == "histdiag.toml"
    assert report.configuration.muted == 1
    assert "non-finite-values" not in {finding.rule for finding in report.findings}
    assert main(["check", logdir]) in (0, 1)
    lines = " ".join(capsys.readouterr().out.split())
    assert "Configuration: histdiag.toml. Left out: non-finite-values." in lines
    assert "1 finding muted: non-finite-values." in lines


def test_the_configuration_of_the_working_directory_can_be_left_alone(logdir, configured, capsys):
    assert checked(capsys, logdir, "--no-config").configuration == Configuration("defaults", "default", 0, "")
    assert main(["check", logdir, "--no-config"]) == 1
    assert "Configuration" not in capsys.readouterr().out


def test_a_configuration_that_is_named_takes_its_place(logdir, configured, tmp_path, capsys):
    other = tmp_path / "other.toml"
    other.write_text('profile = "strict"\n')
    report = checked(capsys, logdir, "--config", str(other))
    assert (report.configuration.source, report.configuration.profile) == (str(other), "strict")


def test_options_win_over_the_configuration(logdir, configured, capsys):
    report = checked(capsys, logdir, "--ignore", "dead-units", "--profile", "gan-rl")
    assert report.configuration.source == "histdiag.toml and command line"
    assert report.configuration.profile == "gan-rl"
    assert "non-finite-values" in {finding.rule for finding in report.findings}


def test_a_configuration_in_the_log_directory_is_not_read(logdir, tmp_path, monkeypatch, capsys):
    (tmp_path / "run").symlink_to(Path(logdir, SICK), target_is_directory=True)
    (tmp_path / "histdiag.toml").write_text('ignore = ["non-finite-values"]\n')
    assert checked(capsys, str(tmp_path)).configuration.source == "defaults"
    monkeypatch.chdir(tmp_path)
    assert main(["check", "."]) == 2
    assert "lies in the log directory" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[thresholds]\nvanishing_ration = 1", "thresholds.vanishing_ration = 1: there is no such threshold"),
        ("profile = ", "is no TOML"),
    ],
)
def test_a_wrong_configuration_ends_with_2_and_is_named(text, said, logdir, configured, capsys):
    configured.write_text(text)
    assert main(["check", logdir]) == 2
    complaint = capsys.readouterr().err
    assert complaint.startswith("histdiag: histdiag.toml")
    assert said in complaint
    assert len(complaint.splitlines()) == 1


def test_a_configuration_that_is_not_there_ends_with_2(logdir, capsys):
    assert main(["check", logdir, "--config", "none.toml"]) == 2
    assert capsys.readouterr().err == "histdiag: none.toml cannot be read: No such file or directory\n"


def test_warnings_fail_a_strict_check_unless_told_otherwise(logdir, tmp_path, capsys):
    file = tmp_path / "fussy.toml"
    file.write_text("[thresholds]\nvanishing_ratio = 2\n")
    shown = ["check", logdir, "--run", HEALTHY, "--config", str(file), "--select", "vanishing-gradients"]
    assert {finding.severity.value for finding in checked(capsys, *shown[1:]).findings} == {"warning"}
    assert main(shown) == 0
    assert main([*shown, "--strict"]) == 1
    assert main([*shown, "--strict", "--fail-on", "error"]) == 0


def test_the_printed_configuration_can_be_used(logdir, tmp_path, capsys):
    assert main(["rules", "--format", "toml"]) == 0
    (tmp_path / "all.toml").write_text(capsys.readouterr().out)
    usual, printed = checked(capsys, logdir), checked(capsys, logdir, "--config", str(tmp_path / "all.toml"))
    assert printed.findings == usual.findings
    assert printed.configuration == Configuration(str(tmp_path / "all.toml"), "default", 0, "")


@pytest.mark.parametrize("there", [True, False], ids=["file", "folder"])
def test_what_may_not_be_written_is_said_before_a_log_is_read(there, tmp_path, monkeypatch, capsys):
    """Who runs the tests may be root, whom no permission stops."""
    file = tmp_path / "report.md"
    if there:
        file.touch()
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    assert main(["check", "none", "--also", "markdown", str(file)]) == 2
    closed = file if there else tmp_path
    assert capsys.readouterr().err == f"histdiag: cannot write {file}: {closed} is not writable\n"


# No histograms


def test_a_missing_directory_ends_with_3(tmp_path):
    done = run("check", str(tmp_path / "none"))
    assert (done.returncode, done.stdout) == (3, "")
    assert "none" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_an_empty_directory_ends_with_3_and_how_to_log(tmp_path, capsys):
    assert main(["check", str(tmp_path)]) == 3
    said = capsys.readouterr().err
    assert str(tmp_path) in said
    assert "How to log histograms" in said


def test_a_log_of_scalars_only_ends_with_3_and_how_to_log(only_scalars, capsys):
    assert main(["check", only_scalars]) == 3
    assert "How to log histograms" in capsys.readouterr().err


@pytest.mark.parametrize("options", [[], ["--memory", "500M"]], ids=["unbounded", "bounded"])
def test_a_pattern_that_no_run_matches_ends_with_3_and_names_the_runs(options, logdir, capsys):
    assert main(["check", logdir, "--run", "nothing", *options]) == 3
    said = f"histdiag: No run's name matches 'nothing'. There are {HEALTHY!r}, {SICK!r}.\n"
    assert capsys.readouterr().err == said


# Trouble


def test_an_internal_error_is_one_line(logdir, monkeypatch, capsys):
    broken(monkeypatch, ZeroDivisionError("division\nby zero"))
    assert main(["check", logdir]) == 2
    said = capsys.readouterr().err
    assert (
        said == "histdiag: internal error: ZeroDivisionError: division by zero (histdiag --traceback ... shows where)\n"
    )


def test_an_internal_error_can_be_traced(logdir, monkeypatch):
    broken(monkeypatch, ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        main(["--traceback", "check", logdir])


def test_an_interruption_is_clean(logdir, monkeypatch, capsys):
    broken(monkeypatch, KeyboardInterrupt())
    assert main(["check", logdir]) == 130
    assert capsys.readouterr().err == "histdiag: interrupted\n"


def test_a_reader_that_leaves_early_is_no_error(logdir):
    with subprocess.Popen(command("check", logdir), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


def test_a_terminal_without_the_signs_gets_them_in_ascii(logdir):
    done = run("check", logdir, PYTHONIOENCODING="ascii")
    assert done.returncode == 1
    assert "x error" in done.stdout
    assert done.stdout.isascii()


@pytest.mark.skipif(sys.platform == "win32", reason="file names on Windows cannot be hostile in this way")
def test_a_run_with_a_hostile_name_is_printed_as_text(logdir, tmp_path):
    name = "[red]\x1b[31m\u202enur"
    (tmp_path / name).symlink_to(Path(logdir, HEALTHY), target_is_directory=True)
    done = run("check", str(tmp_path), "--fail-on", "never")
    assert done.returncode == 0
    assert r"Run [red]\x1b[31m\u202enur" in done.stdout
    assert "\x1b" not in done.stdout


def test_a_complaint_holds_no_command_to_what_builds(capsys):
    assert main(["explain", "##vso[task.complete]"]) == 2
    assert r"'\x23#vso[task.complete]'" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_a_terminal_gets_colour_and_progress(logdir):
    import pty

    master, terminal = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "120"}
    environment.pop("NO_COLOR", None)
    process = subprocess.Popen(command("check", logdir), stdout=terminal, stderr=terminal, env=environment)
    os.close(terminal)
    said = b""
    try:
        while piece := os.read(master, 65536):
            said += piece
    except OSError:  # how Linux says that the other end has gone
        pass
    finally:
        os.close(master)
    assert process.wait() == 1
    assert b"\x1b[1;31m" in said
    assert b"Measured" in said


def test_the_demo_does_not_log_into_a_foreign_directory(tmp_path, capsys):
    (tmp_path / "thesis.tex").write_text("")
    assert main(["demo", "--logdir", str(tmp_path), "--no-serve"]) == 2
    assert "thesis" not in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]
