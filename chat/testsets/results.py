"""What is shown of runs: figures of each lane, the cells of the table, and what got worse since the run
before. Pure."""

from collections.abc import Sequence
from statistics import median
from typing import Any

from chat.testsets.stored_runs import StoredRun
from providers.refs import AUTO

SLOWER, DEARER = 1.25, 1.10
"""So many times as slow, or as dear, counts as worse."""
LEAST_MS = 100
"""Milliseconds that a difference has to have, to be more than chance."""
TEXT_SHOWN = 200


def passes(row: dict[str, Any]) -> bool:
    """Whether it ended well, and every check says yes."""
    return row.get("status") == "complete" and all(check.get("passed") is True for check in row["checks"])


def summarize_run(run: StoredRun) -> dict[str, Any]:
    """What a list of runs shows of it: all but the cells."""
    return {
        "id": run.id,
        "testset": run.testset,
        "name": run.header.get("name", ""),
        "at": run.header.get("at", ""),
        "state": run.state,
        "reason": run.reason if run.state == "stopped" else "",
        "judge": run.header.get("judge"),
        "repeat": run.header["repeat"],
        "scheduled": run.header.get("scheduled", False),
        "cases": len(run.cases),
        "total": run.total,
        "done": len(run.results),
        "passed": sum(map(passes, run.results.values())),
        "lanes": [lane_figures(run, lane) for lane in run.lanes],
    }


def lane_figures(run: StoredRun, lane: dict[str, Any]) -> dict[str, Any]:
    rows = [row for (_place, one), row in run.results.items() if one == lane["id"]]
    whole = [row for row in rows if row.get("status") == "complete"]
    checks = [check for row in rows for check in row["checks"]]
    known = [row["usd"] for row in rows if row.get("usd") is not None]
    times = [row["total_ms"] for row in whole if row.get("total_ms") is not None]
    return {
        **{name: lane.get(name) for name in ("id", "model", "system", "params")},
        "answers": len(rows),
        "complete": len(whole),
        "passed": sum(map(passes, rows)),
        "checks": len(checks),
        "checks_passed": sum(check.get("passed") is True for check in checks),
        "undecided": sum(check.get("passed") is None for check in checks),
        "usd": sum(known),
        "unknown_cost": len(rows) - len(known),
        "p50_ms": median(times) if times else None,
        "served_by": sorted({row["served_by"] for row in rows if row.get("served_by")}),
    }


def describe_run(run: StoredRun) -> dict[str, Any]:
    """The summary, its cases, and the cells in the order in which they are asked, lane by lane."""
    return {
        **summarize_run(run),
        "cases": [
            {"id": case["id"], "text": case["text"][:TEXT_SHOWN], "checks": case["checks"]}
            for case in run.cases
        ],
        "cells": [
            describe_cell(run, case, number, lane) for case, number in run.places() for lane in run.lanes
        ],
    }


def describe_cell(run: StoredRun, case: str, number: int, lane: dict[str, Any]) -> dict[str, Any]:
    place = case, number
    row = run.results.get((place, lane["id"]))
    shown: dict[str, Any] = {
        "case": case,
        "round": number,
        "lane": lane["id"],
        "model": lane["model"],
        "status": "waiting" if row is None else row.get("status", ""),
        "conversation": run.asked.get(place),
        "message": None,
        "passed": 0,
        "checks": [],
        "total_ms": None,
        "first_token_ms": None,
        "usd": None,
        "ok": False,
    }
    if row is not None:
        shown |= {name: row[name] for name in shown.keys() & row.keys() - {"ok", "model"}}
        shown["ok"] = passes(row)
        if lane["model"] == AUTO:
            shown["model"] = row.get("model", AUTO)
    return shown


def find_regressions(now: StoredRun, runs_before: Sequence[StoredRun]) -> list[dict[str, Any]]:
    """What became worse since the last whole run that asked the same model the same cases: fewer passed,
    slower, dearer, or another model behind the same name."""
    found: list[dict[str, Any]] = []
    if now.state != "done":
        return found
    for lane in now.lanes:
        earlier = next((pair for run in runs_before if (pair := find_same_lane(now, run, lane))), None)
        if earlier is not None:
            before, its_lane = earlier
            found += compare_figures(lane, lane_figures(now, lane), lane_figures(before, its_lane), before.id)
    return found


def find_same_lane(
    now: StoredRun, before: StoredRun, lane: dict[str, Any]
) -> tuple[StoredRun, dict[str, Any]] | None:
    if before.state != "done" or before.cases != now.cases:
        return None
    like = [one for one in before.lanes if lane_identity(one) == lane_identity(lane)]
    return (before, like[0]) if like else None


def lane_identity(lane: dict[str, Any]) -> tuple[Any, ...]:
    return lane["model"], lane.get("system") or "", lane.get("params") or {}


def compare_figures(
    lane: dict[str, Any], now: dict[str, Any], then: dict[str, Any], run: str
) -> list[dict[str, Any]]:
    def share(of: dict[str, Any]) -> float:
        return float(of["passed"] / of["answers"]) if of["answers"] else 0.0

    slow, fast = now["p50_ms"], then["p50_ms"]
    costs = [of["usd"] / of["answers"] if of["answers"] else 0.0 for of in (now, then)]
    is_known = not now["unknown_cost"] and not then["unknown_cost"]
    candidates = [
        ("passed", share(now) < share(then), share(then), share(now)),
        ("slower", slow and fast and slow > fast * SLOWER and slow - fast >= LEAST_MS, fast, slow),
        ("dearer", is_known and costs[1] and costs[0] > costs[1] * DEARER, costs[1], costs[0]),
        ("served_by", now["served_by"] != then["served_by"], None, None),
    ]
    return [
        {
            "lane": lane["id"],
            "model": lane["model"],
            "sign": sign,
            "before": before,
            "now": value,
            "than": run,
        }
        for sign, is_so, before, value in candidates
        if is_so
    ]
