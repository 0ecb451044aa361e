"""docs/ci.md: its files are well formed, its commands exist, and its job stops a sick training."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tensorboard_plugin_histdiag.baseline import names
from tensorboard_plugin_histdiag.cli import _parser
from tensorboard_plugin_histdiag.cli.ending import EXIT_CODES
from tensorboard_plugin_histdiag.cli.output import FORMATS

ROOT = Path(__file__).resolve().parent.parent
GUIDE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", GUIDE, re.M | re.S)
WORKFLOW, PIPELINE, JOB = (yaml.safe_load(text) for kind, text in BLOCKS if kind == "yaml")
[SLURM] = [text for kind, text in BLOCKS if kind == "bash"]
SHELL = [text for kind, text in BLOCKS if kind == "sh"]
[IN_A_SHELL] = [text for text in SHELL if "--watch" in text]
[STAGE] = [text for kind, text in BLOCKS if kind == "groovy"]
[CONTAINER] = JOB["spec"]["template"]["spec"]["containers"]

TRAINING = f"""#!{sys.executable}
import sys, time
sys.path.insert(0, {str(ROOT / "tests")!r})
from pathlib import Path
from writers import log_events, values_event
log_events(Path(sys.argv[3]), [values_event("kernel", step, [float("nan"), 1.0]) for step in range(3)])
time.sleep(600)
"""


def scripts() -> list[str]:
    steps = [step["run"] for step in WORKFLOW["jobs"]["train"]["steps"] if "run" in step]
    stage = re.findall(r"sh '(.*)'", STAGE)
    return [*steps, *PIPELINE["train"]["script"], *stage, *SHELL, SLURM, *CONTAINER["args"]]


def commands() -> list[str]:
    return [
        line.strip() for script in scripts() for line in script.splitlines() if line.strip().startswith("histdiag ")
    ]


@pytest.mark.parametrize("command", commands())
def test_every_command_of_the_guide_is_taken(command):
    program, *arguments = shlex.split(command)
    assert program == "histdiag"
    parsed = _parser().parse_args(arguments)
    assert {form for form, _ in getattr(parsed, "also", [])} <= set(FORMATS)


def test_the_guide_has_the_commands_that_it_is_about():
    joined = " ".join(commands())
    for part in ("--baseline", "--format github", "--also markdown", "--also junit", "--watch", "--memory", "--output"):
        assert part in joined


def test_the_workflow_has_what_github_asks_for():
    assert WORKFLOW[True] == ["push", "pull_request"]  # what YAML 1.1 reads "on" as
    for job in WORKFLOW["jobs"].values():
        assert job["runs-on"]
        for step in job["steps"]:
            assert ("uses" in step) != ("run" in step)
            assert re.fullmatch(r"[\w-]+/[\w-]+@v\d+", step.get("uses", "actions/checkout@v4"))
    assert '"$GITHUB_STEP_SUMMARY"' in " ".join(commands())


def test_gitlab_and_jenkins_are_given_the_file_that_is_written():
    [command] = [line for line in PIPELINE["train"]["script"] if line.startswith("histdiag ")]
    assert command.endswith(f"--also junit {PIPELINE['train']['artifacts']['reports']['junit']}")
    assert PIPELINE["train"]["artifacts"]["when"] == "always"
    [written] = re.findall(r"--also junit (\S+)'", STAGE)
    assert f"always {{ junit '{written}' }}" in STAGE


def test_the_job_gives_up_on_a_sick_training_alone():
    [rule] = JOB["spec"]["podFailurePolicy"]["rules"]
    assert rule["onExitCodes"]["values"] == [1]
    assert rule["onExitCodes"]["containerName"] == CONTAINER["name"]


@pytest.mark.skipif(os.name == "nt", reason="there is no bash")
@pytest.mark.parametrize("script", scripts())
def test_the_shell_reads_every_script(script):
    done = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(os.name == "nt", reason="there is no bash")
@pytest.mark.parametrize(
    ("script", "logs", "code"),
    [
        (SLURM, "runs/17", 1),
        (CONTAINER["args"][0].replace("/logs", "logs"), "logs", 1),
        (f"{IN_A_SHELL}wait", "logs", 0),
    ],
    ids=["slurm", "kubernetes", "shell"],
)
def test_a_sick_training_is_stopped(script, logs, code, tmp_path):
    """The training would go on for ten minutes; the jobs end with 1."""
    tools = {
        "srun": '#!/bin/sh\nexec "$@"\n',
        "python": TRAINING,
        "histdiag": f'#!/bin/sh\nexec {sys.executable} -m tensorboard_plugin_histdiag.cli "$@"\n',
    }
    for name, text in tools.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(stat.S_IRWXU)
    environment = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "SLURM_JOB_ID": "17"}
    environment["PYTHONPATH"] = str(ROOT)
    with (tmp_path / "said").open("w") as said:
        job = subprocess.Popen(
            ["bash", "-c", script.replace("--watch 60", "--watch 1")],
            cwd=tmp_path,
            env=environment,
            stdout=said,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    try:
        assert job.wait(120) == code
    finally:
        with contextlib.suppress(ProcessLookupError):  # nothing is left of it
            os.killpg(job.pid, signal.SIGKILL)
        job.wait()
    assert "(non-finite-values, certain)" in (tmp_path / "said").read_text()
    assert (tmp_path / logs / "histdiag.json").exists() == (script == SLURM)


def test_the_names_that_the_guide_calls_the_same_are():
    examples = re.findall(r"`([^`]+)`", GUIDE.partition("1. without dates")[2].partition("2. where")[0])
    assert len(examples) == 7
    assert all("<" in list(names(example))[1] for example in examples)


def test_the_readme_leads_to_the_guide():
    assert "](docs/ci.md)" in README


def test_the_exit_codes_are_the_same_everywhere():
    told = re.findall(r"^  (\d+)", EXIT_CODES, re.M)
    assert told == ["0", "1", "2", "3", "130", "143"]
    assert re.findall(r"^\| (\d+) \|", GUIDE, re.M) == re.findall(r"^\| (\d+) \|", README, re.M) == told
