"""Hand-made reports for the tests of the renderers and the command line."""

from __future__ import annotations

from collections.abc import Sequence

from tensorboard_plugin_histdiag.finding import Comparison, Evidence, Finding, Severity, Span, Strength, fingerprint
from tensorboard_plugin_histdiag.report import (
    SCHEMA_VERSION,
    Configuration,
    Coverage,
    Group,
    MetricDoc,
    Progress,
    Reading,
    Reason,
    Report,
    RuleDoc,
    Rules,
    RunEntry,
    SeriesEntry,
)

LAST_STEP = 1200


def evidence(**changes) -> Evidence:
    values = {
        "tag": "dense_1/kernel_gradient",
        "metric": "mean_abs",
        "label": "first / last weight gradient",
        "step": LAST_STEP,
        "low": 1.94e-7,
        "value": 2.1e-7,
        "high": 2.26e-7,
        "word": "",
        "threshold": 1e-3,
        "comparison": Comparison.UNDER,
        "unit": "",
    }
    return Evidence(**{**values, **changes})


def finding(rule: str = "vanishing-gradients", **changes) -> Finding:
    tags = changes.get("tags", tuple(f"dense_{n}/kernel_gradient" for n in range(1, 7)))
    run = changes.get("run", "deep sigmoid")
    severity = changes.get("severity", Severity.ERROR)
    values = {
        "rule": rule,
        "severity": severity,
        "strength": Strength.CERTAIN,
        "run": run,
        "tags": tags,
        "role": "weight-gradient",
        "layers": tuple(dict.fromkeys(tag.rpartition("/")[0] for tag in tags)),
        "first_step": 20,
        "last_step": LAST_STEP,
        "evidence": (evidence(tag=tags[0]),) if tags else (),
        "marks": (),
        "spans": tuple(Span(tag, 20, LAST_STEP, severity) for tag in tags),
        "title": "Gradients vanish towards the input",
        "summary": "the first gradient is 2e-07 times the last",
        "explanation": (
            "From the last weight matrix to the first, the gradient shrinks about 20-fold a layer: "
            "the first layers hardly learn."
        ),
        "advice": ("Use ReLU, or batch normalisation between the layers.", "Initialise by Glorot's rule."),
        "references": ("Glorot & Bengio 2010",),
        "fingerprint": fingerprint(rule, run, tags[0] if tags else ""),
        "explained_by": (),
    }
    return Finding(**{**values, **changes})


def series(id: int, tag: str, **changes) -> SeriesEntry:
    values = {
        "id": id,
        "run": "deep sigmoid",
        "tag": tag,
        "role": "weight-gradient",
        "layer": tag.rpartition("/")[0],
        "network": "",
        "order": id,
        "records": 61,
        "first_step": 0,
        "last_step": LAST_STEP,
        "size": 4096.0,
        "sampled": False,
        "judged": True,
        "why_not": "",
    }
    return SeriesEntry(**{**values, **changes})


def run_entry(run: str = "deep sigmoid", **changes) -> RunEntry:
    values = {
        "run": run,
        "series": 8,
        "records": 61,
        "first_step": 0,
        "last_step": LAST_STEP,
        "steps_are_epochs": False,
        "order_known": True,
        "missing": ("activations",),
        "scalars": ("loss",),
    }
    return RunEntry(**{**values, **changes})


def coverage(rule: str, run: str = "deep sigmoid", found=0, clear=0, why: str = "", error: str = "") -> Coverage:
    reasons = (Reason(why or error, 1),) if why or error else ()
    return Coverage(run, rule, found, clear, int(bool(why)), int(bool(error)), reasons)


def report(**changes) -> Report:
    values = {
        "schema_version": SCHEMA_VERSION,
        "version": "0.1.0",
        "revision": "r1",
        "log": "",
        "progress": Progress(0, 0),
        "runs": (),
        "series": (),
        "findings": (),
        "groups": (),
        "readings": (),
        "coverage": (),
        "configuration": Configuration("defaults", "default", 0, ""),
        "messages": (),
    }
    return Report(**{**values, **changes})


def group(members: Sequence[Finding], title: str = "", kind: str = "cause") -> Group:
    worst = min((member.severity for member in members), key=lambda severity: severity.rank)
    prints = tuple(member.fingerprint for member in members)
    return Group(members[0].run, kind, title or members[0].title, worst, prints)


def sick_report() -> Report:
    """Two runs: one with a group of two rules, a repeated rule and a note, one with nothing."""
    vanishing = finding()
    dead = [
        finding(
            "dead-units",
            severity=Severity.WARNING,
            strength=Strength.LIKELY,
            tags=(f"relu_{n}",),
            layers=(f"relu_{n}",),
            role="activation",
            first_step=100 * n,
            evidence=(
                evidence(
                    tag=f"dense_{n}/bias_gradient",
                    metric="zeros",
                    label="share of exact zeros in the bias gradient",
                    step=None,
                    low=0.0,
                    value=0.9 + n / 100,
                    high=0.95,
                    threshold=0.5,
                    comparison=Comparison.OVER,
                ),
            ),
            title="Most units are dead",
            explanation=f"About 9 of 10 units of relu_{n} give nothing but 0, and no gradient flows back through them.",
            advice=("Lower the learning rate, or warm it up.",),
            explained_by=(vanishing.fingerprint,),
        )
        for n in (1, 2, 3)
    ]
    stopped = finding(
        "series-stopped",
        severity=Severity.INFO,
        tags=("dense_2/kernel",),
        role="weight",
        first_step=400,
        last_step=400,
        evidence=(evidence(tag="dense_2/kernel", label="last step", value=400.0, low=None, high=None, threshold=None),),
        title="A series ends before its run",
        explanation="The last record is at step 400, the run goes on to 1,200.",
        advice=(),
    )
    tags = [*(f"dense_{n}/kernel_gradient" for n in range(1, 7)), "dense_2/kernel", "relu_1", "relu_2", "relu_3"]
    return report(
        progress=Progress(14, 14),
        runs=(run_entry(), run_entry("healthy", steps_are_epochs=True, last_step=9, missing=("activations", "loss"))),
        series=(
            *(series(n, tag) for n, tag in enumerate(tags)),
            *(series(10 + n, f"dense_{n}/kernel", run="healthy", role="weight", last_step=9) for n in range(1, 5)),
        ),
        findings=(vanishing, *dead, stopped),
        groups=(group([vanishing, *dead], "Gradient starvation"), group([stopped])),
        readings=(
            Reading(
                "deep sigmoid",
                "dense_2/kernel",
                "Bell-shaped around 0; settled since step 80.",
                "bell",
                "0",
                "settled",
                0,
                400,
            ),
            Reading(
                "healthy",
                "dense_1/kernel",
                "Flat between -0.15 and 0.15 and unchanged since step 0: it still looks like its uniform "
                "initialisation. This layer has probably not learned.",
                "uniform",
                "0",
                "still",
                0,
                9,
            ),
        ),
        coverage=(
            coverage("vanishing-gradients", found=1),
            coverage("dead-units", found=3),
            coverage("series-stopped", found=1, clear=9),
            coverage("small-updates", why="no loss is logged"),
            coverage("saturated-activations", why="no activations are logged"),
            coverage("large-updates", error="ZeroDivisionError: division by zero"),
            coverage("vanishing-gradients", "healthy", why="no gradients are logged"),
            coverage("dead-units", "healthy", why="no activations are logged"),
            coverage("series-stopped", "healthy", clear=4),
            coverage("small-updates", "healthy", why="no loss is logged"),
            coverage("saturated-activations", "healthy", why="no activations are logged"),
            coverage("large-updates", "healthy", why="the steps are epochs"),
        ),
        configuration=Configuration(
            "histdiag.toml", "default", 2, "Left out: small-updates. 2 findings muted: small-updates."
        ),
        messages=("2 event files end in the middle of a record.",),
    )


def rule_doc(rule: str = "dead-units", **changes) -> RuleDoc:
    values = {
        "rule": rule,
        "title": "Dead units",
        "severity": Severity.WARNING,
        "scope": "series",
        "roles": ("activation", "pre-activation"),
        "default": True,
        "summary": "Most of a layer's units give nothing but zero, and stay that way.",
        "what": "There is a spike at 0:\n- nothing comes out of these units,\n- nothing flows back through them.",
        "why": "A unit without a gradient cannot recover by itself.",
        "how": "Share of exact zeros in the gradient of the layer's bias, at least 0.5; else those of the outputs.",
        "advice": ("Lower the learning rate, or warm it up.", "Start biases at 0 and weights by He's rule."),
        "harmless": "Sparse by design: top-k gating, masks | dropout.",
        "references": ("Lu et al. 2019, Dying ReLU and Initialization.",),
    }
    return RuleDoc(**{**values, **changes})


def rules() -> Rules:
    """Two rules and a metric."""
    off = rule_doc(
        "mostly-zero-weights",
        severity=Severity.INFO,
        scope="run",
        roles=(),
        default=False,
        summary="Nearly all weights are exactly zero | pruned?",
        references=(),
    )
    zeros = MetricDoc(
        "zeros", "Exact zeros", "", "fraction", "magnitude", True, "Fraction of values that are exactly 0."
    )
    return Rules((rule_doc(), off), (zeros,))
