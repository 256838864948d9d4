#!/usr/bin/env python3
"""Times the binary that is shipped as a process: wall clock and peak memory of each command, best and median of many runs.

Usage: cargo build --profile dist && python3 benches/process.py
"""
import os
import statistics
import tempfile
import time

BINARY = "target/dist/landgrant"
RUNS = 50
CASE = "fixtures/render/micetro-two-targets/landgrant.yaml"


def run(arguments):
    """One process: seconds and kilobytes at its peak. The kernel counts this interpreter's own size before the exec
    too, so the peak is an upper bound."""
    start = time.perf_counter()
    child = os.fork()
    if child == 0:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.execv(BINARY, [BINARY, *arguments])
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - start
    if status != 0:
        raise SystemExit(f"landgrant {' '.join(arguments)} failed")
    return seconds, usage.ru_maxrss


def main():
    print(f"{'command':<34} {'best':>9} {'median':>9} {'peak, at most':>14}")
    with tempfile.TemporaryDirectory() as folder:
        number = 0
        for name, arguments in [
            ("render case 1 into a new folder", ["render", CASE, "--out"]),
            ("render case 1 again", ["render", CASE, "--out", f"{folder}/again"]),
            ("lint case 1", ["lint", CASE]),
            ("explain escalation-path", ["explain", "escalation-path"]),
            ("catalog show micetro@10.2", ["catalog", "show", "micetro@10.2"]),
            ("explain ec2:DeleteVpc", ["explain", "ec2:DeleteVpc"]),
            ("explain *", ["explain", "*"]),
        ]:
            results = []
            for _ in range(RUNS):
                number += 1
                fresh = [f"{folder}/{number}"] if arguments[-1] == "--out" else []
                results.append(run(arguments + fresh))
            best = min(seconds for seconds, _ in results) * 1000
            median = statistics.median(seconds for seconds, _ in results) * 1000
            peak = max(kilobytes for _, kilobytes in results) / 1024
            print(f"{name:<34} {best:>6.1f} ms {median:>6.1f} ms {peak:>10.1f} MiB")


if __name__ == "__main__":
    main()
