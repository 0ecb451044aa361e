"""What the README says is so: its programs run, its table is current, its commands are those that are tested."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tensorboard_plugin_histdiag.config import PROFILES
from tensorboard_plugin_histdiag.config_file import parse as parse_config
from tensorboard_plugin_histdiag.formats.documentation import markdown
from tensorboard_plugin_histdiag.provider.sources import open_logdir
from tensorboard_plugin_histdiag.rules import documentation
from tensorboard_plugin_histdiag.tags.parsing import parse
from tensorboard_plugin_histdiag.thresholds import Thresholds

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROGRAMS = dict(re.findall(r"^<!-- runs: (\w+) -->\n```python\n(.*?)^```$", README, re.M | re.S))
NEEDS = {"keras": "tensorflow", "tf2": "tensorflow", "torch": "torch", "jax": "jax"}
RULES = re.compile(
    r"^<!-- rules: made by `histdiag rules --format markdown` -->\n(.*?)^<!-- end of rules -->$", re.M | re.S
)


def skip_without(package: str) -> None:
    """Skip where a package is not installed, without importing it here: that takes seconds, and warns."""
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"needs {package}")


def run(name: str, folder: Path) -> str:
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "2"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAMS[name]], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_program_in_the_readme_is_run():
    assert README.count("```python") == len(PROGRAMS)
    assert {*NEEDS, "python"} == {*PROGRAMS}


@pytest.mark.parametrize("name", NEEDS)
def test_a_program_logs_weights_gradients_activations_and_the_loss_of_both_layers(name: str, tmp_path: Path):
    skip_without(NEEDS[name])
    run(name, tmp_path)
    with open_logdir(tmp_path / "logs") as source:
        series = source.list_series()
        tags = [parse(one.tag) for one in series]
        assert {one.run for one in series} == {name}
        assert len({tag.layer for tag in tags if tag.role == "weight"}) == 2
        for role in ("weight", "bias", "weight-gradient", "bias-gradient", "activation"):
            assert {tag.layer for tag in tags if tag.role == "weight"} <= {
                tag.layer for tag in tags if tag.role == role
            }
        assert [scalar.kind for scalar in source.scalars(name)] == ["loss"]


def test_the_python_example_prints_the_findings_of_a_log(tmp_path: Path):
    skip_without("tensorflow")
    run("tf2", tmp_path)
    for line in run("python", tmp_path).splitlines():
        assert re.match(r"(error|warning|info) tf2 layer", line)


def test_the_table_of_rules_is_made_from_the_rules_as_they_are():
    """To renew it: python tests/test_readme.py."""
    [table] = RULES.findall(README)
    assert table == table_of_rules()


def test_the_configuration_in_the_readme_can_be_used_and_its_profiles_are_those_there_are():
    [example] = re.findall(r"^```toml\n(.*?)^```$", README, re.M | re.S)
    config = parse_config(example, "README.md")
    assert all((config.ignore, config.naming.roles, config.naming.layers))
    assert config.thresholds != Thresholds()
    rows = re.findall(r"^\| `(\S+)` \| (.+) \|$", README.partition("| Profile |")[2].partition("\n## ")[0], re.M)
    assert dict(rows) == {name: profile.text for name, profile in PROFILES.items()}


def test_the_continuous_integration_runs_the_commands_of_the_readme():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for command in ('pip install -e ".[test]" && pytest', "pip install . && histdiag demo"):
        assert f"\n{command}\n" in README
        assert all(f"{part}" in script for part in command.split(" && "))


def test_the_pictures_and_files_that_the_readme_names_are_there():
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).is_file(), target


def table_of_rules() -> str:
    return "\n" + markdown(documentation()) + "\n"


if __name__ == "__main__":
    renewed = RULES.sub(lambda match: match[0].replace(f"-->\n{match[1]}<!--", f"-->\n{table_of_rules()}<!--"), README)
    (ROOT / "README.md").write_text(renewed, encoding="utf-8")
