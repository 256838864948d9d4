#!/usr/bin/env python3
"""Renders Micetro for up to 10,000 targets in every shape, beside `cp -r` of the same tree, a Jinja2 script that writes the
same text, and an AWS CDK app that makes the same stacks.

    cargo build --profile dist && python3 docs/benchmarks/scale.py

The peers are set up below target/scale, from the package registries; one that cannot be is left out, and the table says
why. `--sizes 1 100` is a short run. `--markdown docs/benchmarks.md` puts the tables there too. Linux only.
"""
import argparse
import os
import platform
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, f"{ROOT}/docs/benchmarks/scale")

import peers  # noqa: E402

STACK_SET = 'stack_set: {account: "999999999999", units: [ou-ab12-11111111]}\n'
# Each shape, and what a deployment says for it.
SHAPES = {
    "terraform: roots": "outputs: [terraform]\nterraform: roots\n",
    "terraform: single-root": "outputs: [terraform]\nterraform: single-root\n",
    "terraform: tofu": "outputs: [terraform]\nterraform: tofu\n",
    "terraform: stackset": f"outputs: [terraform]\nterraform: stackset\n{STACK_SET}",
    "cloudformation: stacks": "outputs: [cloudformation]\ncloudformation: stacks\n",
    "cloudformation: stackset": f"outputs: [cloudformation]\ncloudformation: stackset\n{STACK_SET}",
}
ROOTS, STACKS = "terraform: roots", "cloudformation: stacks"
IN_JSON = "outputs: [cloudformation]\ncloudformation: {shape: stacks, format: json}\n"
DEPLOYMENT = """\
schema: landgrant/deployment/v1
name: acme
hub:
  account: "111111111111"
  user: svc-micetro
  group: micetro-access
products:
  - catalog: micetro@11.0
    features: [account, multi-account, dns, network]
    levels: [required, recommended]
role:
  name: MicetroAccess
tags:
  owner: network-platform
"""
COPY, JINJA, CDK, CDK_BARE = "cp -r", "Jinja2", "AWS CDK", "AWS CDK, unvalidated"
# A row that took this many seconds in all is not repeated.
ENOUGH = 30
MEGABYTE = 1_000_000

COLUMNS = ["targets", "what", "best", "processors", "peak", "files", "bytes", "runs", "beside"]
WIDTHS = [7, 24, 10, 10, 8, 7, 11, 4, 7]
BEGIN, END = "<!-- scale: begin -->", "<!-- scale: end -->"


class Row:
    """What one program took for one shape at one size, in its best run."""

    def __init__(self, what, command):
        self.what, self.command = what, command
        self.seconds = self.processors = None
        self.peak = self.floor = self.files = self.bytes = self.runs = 0
        self.spent = 0.0
        self.why_not = None

    def measured(self):
        return self.why_not is None and self.seconds is not None

    def milliseconds(self):
        return f"{self.seconds * 1000:,.0f} ms" if self.seconds >= 0.1 else f"{self.seconds * 1000:.1f} ms"

    def memory(self):
        # A peak below that of whoever started the program cannot be told.
        over = self.peak > self.floor
        return f"{self.peak / MEGABYTE:,.0f} MB" if over else f"< {self.floor / MEGABYTE:,.0f} MB"


class Bench:
    def __init__(self, arguments, scale, folder):
        self.arguments, self.scale, self.folder = arguments, scale, folder
        self.commands, self.missing = {}, {}
        for name, set_up in [(JINJA, peers.jinja), (CDK, peers.cdk)]:
            try:
                self.commands[name] = set_up(scale)
            except peers.Missing as reason:
                self.missing[name] = str(reason)
        self.rows = {}
        self.printed = []

    def measure(self, shape, size):
        """All rows of one shape at one size, run by run in turn, so that each finds the disk as the others do."""
        deployment = self.deployment(f"{size}.yaml", SHAPES[shape], size)
        landgrant = [self.arguments.binary, "render", deployment, "--out"]
        rows = [Row(shape, landgrant), Row(COPY, None)]
        for peer in {ROOTS: [JINJA], STACKS: [CDK, CDK_BARE]}.get(shape, []):
            rows.append(self.peer(peer, shape, size))
        for turn in range(self.arguments.runs):
            say(f"{size:,} targets, {shape}, run {turn + 1} of {self.arguments.runs}")
            for row in rows:
                if row.why_not or (row.spent > ENOUGH and row.runs):
                    continue
                # A folder of its own: ext4 takes long to make a file while one that was just deleted lingers.
                out = tempfile.mkdtemp(dir=self.folder) + "/out"
                if row is rows[0]:
                    tree = out
                if row.what == COPY:
                    row.command = ["cp", "-r", tree]
                self.run(row, out)
                if row is rows[0] and row.why_not:
                    raise SystemExit(f"landgrant {row.why_not}")
                if turn == 0 and row.measured() and row.what in (JINJA, CDK, CDK_BARE):
                    self.compare(row.what, tree, out, size)
        for row in rows:
            self.rows[shape, size, row.what] = row
            self.print(row, rows[0], size)

    def peer(self, name, shape, size):
        row = Row(name, None)
        program = CDK if name == CDK_BARE else name
        smaller = [s for s in self.arguments.sizes if s < size and (shape, s, name) in self.rows]
        if program in self.missing:
            row.why_not = f"skipped: {self.missing[program]}"
        elif smaller and not self.rows[shape, max(smaller), name].measured():
            row.why_not = f"skipped: {max(smaller):,} targets were too many"
        else:
            environment = ["env", "CDK_VALIDATION=false"] if name == CDK_BARE else []
            row.command = [*environment, *self.commands[program], self.targets(size)]
        return row

    def run(self, row, out):
        """Runs a program once, with nothing left to be written to the disk from before."""
        log = f"{self.folder}/log"
        os.sync()
        launch = [sys.executable, "-I", "-S", f"{ROOT}/docs/benchmarks/scale/launch.py"]
        done = subprocess.run(
            [*launch, str(self.arguments.limit), log, *row.command, out], stdout=subprocess.PIPE, text=True, check=True
        )
        seconds, processors, peak, code, floor = done.stdout.split()
        if code == "timeout":
            row.why_not = f"stopped after {self.arguments.limit:,} s"
        elif code != "0":
            with open(log, encoding="utf-8", errors="replace") as file:
                said = file.read().strip().splitlines() or ["it says nothing"]
            row.why_not = f"failed with {code}: {said[-1][:100]}"
        if row.why_not:
            return
        row.runs += 1
        row.spent += float(seconds)
        row.peak = max(row.peak, int(peak) * 1024)
        row.floor = int(floor) * 1024
        if row.seconds is None or float(seconds) < row.seconds:
            row.seconds, row.processors = float(seconds), float(processors)
        if row.runs == 1:
            written = peers.files(out)
            row.files, row.bytes = len(written), sum(written.values())

    def compare(self, peer, tree, copy, size):
        if peer == JINJA:
            peers.same_roots(tree, copy)
            return
        in_json = tempfile.mkdtemp(dir=self.folder) + "/json"
        deployment = self.deployment(f"{size}-json.yaml", IN_JSON, size)
        render = [self.arguments.binary, "render", deployment, "--out", in_json]
        subprocess.run(render, stdout=subprocess.DEVNULL, check=True)
        peers.same_stacks(in_json, copy)

    def deployment(self, name, outputs, size):
        targets = "".join(f'  - account: "{account}"\n    name: {label}\n' for account, label in accounts(size))
        return self.write(name, f"{DEPLOYMENT}{outputs}targets:\n{targets}")

    def targets(self, size):
        lines = "".join(f"{account},{label}\n" for account, label in accounts(size))
        return self.write(f"{size}.csv", f"account,name\n{lines}")

    def write(self, name, text):
        path = f"{self.folder}/{name}"
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def print(self, row, first, size):
        """A line of the table, as soon as it is known."""
        targets = f"{size:,}" if row is first else ""
        if not row.measured():
            cells = [targets, row.what, row.why_not]
        else:
            beside = "" if row is first else f"{row.seconds / first.seconds:,.2f}"
            cells = [targets, row.what, row.milliseconds(), f"{row.processors * 1000:,.0f} ms", row.memory()]
            cells += [f"{row.files:,}", f"{row.bytes:,}", str(row.runs), beside]
        self.printed.append(cells)
        say("")
        print(aligned(cells), flush=True)

    def goals(self):
        """What this is meant to reach, what was measured, and whether it is reached; nothing where it was not measured."""

        def ratio(shape, size, over, under):
            rows = [self.rows.get((shape, size, what)) for what in (over, under)]
            return rows[0].seconds / rows[1].seconds if all(row and row.measured() for row in rows) else None

        def goal(text, figure, shown, met):
            if figure is None:
                return [text, "not measured", ""]
            return [text, shown.format(figure), "met" if met(figure) else "missed"]

        large = self.rows.get((ROOTS, 10_000, ROOTS))
        times = ratio(ROOTS, 10_000, ROOTS, COPY)
        yield goal("10,000 roots: at most 1.5 times `cp -r`", times, "{:.2f} times", lambda times: times <= 1.5)
        peak = large and large.peak / MEGABYTE
        yield goal("10,000 roots: under 200 MB", peak, "{:,.0f} MB", lambda peak: peak < 200)
        for shape in ["terraform: stackset", "cloudformation: stackset"]:
            row = self.rows.get((shape, 10_000, shape))
            took = row and row.seconds * 1000
            yield goal(f"10,000 targets, {shape}: under 300 ms", took, "{:,.0f} ms", lambda took: took < 300)
        for shape in SHAPES:
            rows = [self.rows.get((shape, size, shape)) for size in (10_000, 1_000)]
            growth = rows[0].seconds / rows[1].seconds if all(rows) else None
            text = f"1,000 to 10,000 targets, {shape}: at most 11 times"
            yield goal(text, growth, "{:.1f} times", lambda growth: growth <= 11)
        for shape, peer, least in [(ROOTS, JINJA, 3), (STACKS, CDK, 50), (STACKS, CDK_BARE, 50)]:
            for size in (1_000, 10_000):
                faster = ratio(shape, size, peer, shape)
                text = f"{size:,} targets: at least {least} times as fast as {peer}"
                yield goal(text, faster, "{:.1f} times", lambda faster, least=least: faster >= least)


def accounts(size):
    """Account ids far apart, in order, each with a name."""
    return [(f"{200_000_000_000 + number * 7919:012}", f"t{number}") for number in range(1, size + 1)]


def aligned(cells):
    sides = [f"{cell:<{width}}" if at == 1 else f"{cell:>{width}}" for at, (cell, width) in enumerate(zip(cells, WIDTHS))]
    if len(cells) < len(WIDTHS):
        sides[-1] = cells[-1]
    return "  ".join(sides).rstrip()


def machine(arguments, folder):
    """What the figures depend on."""
    system = subprocess.run(["stat", "-f", "-c", "%T", folder], capture_output=True, text=True).stdout.strip()
    landgrant = subprocess.run([arguments.binary, "--version"], capture_output=True, text=True).stdout.split()[1]
    processors = f"{os.cpu_count()} processors, {platform.machine()}, {system.replace('ext2/ext3', 'ext4')}"
    return f"{processors}; Landgrant {landgrant}, {', '.join(peers.versions())}; best of up to {arguments.runs} runs."


def markdown(path, notes, printed, goals):
    """Replaces what stands between the two marks in a file."""
    rows = [[*cells, *[""] * (len(COLUMNS) - len(cells))] for cells in printed]
    right = ["---" if name == "what" else "--:" for name in COLUMNS]
    tables = [
        [COLUMNS, right, *rows],
        [["goal", "measured", ""], ["---", "--:", "---"], *goals],
    ]
    texts = ["\n".join(f"| {' | '.join(cells)} |" for cells in table) for table in tables]
    with open(path, encoding="utf-8") as file:
        before, _, rest = file.read().partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise SystemExit(f"{path} lacks the marks {BEGIN} and {END}")
    inside = "\n\n".join([BEGIN, notes, *texts, END])
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{before}{inside}{after}")


def say(progress):
    """Where it is, for whoever waits at a terminal."""
    if sys.stderr.isatty():
        print(f"\r\033[K{progress}\r", end="", file=sys.stderr, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="+", type=int, default=[1, 100, 1_000, 10_000], help="how many targets")
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=list(SHAPES), help="only these shapes")
    parser.add_argument("--runs", type=int, default=5, help="the best of so many runs")
    parser.add_argument("--limit", type=int, default=300, help="seconds after which a run is stopped")
    parser.add_argument("--binary", default=f"{ROOT}/target/dist/landgrant")
    parser.add_argument("--markdown", metavar="FILE", help="put the tables between the marks in this file")
    arguments = parser.parse_args()
    arguments.sizes.sort()
    arguments.binary = os.path.abspath(arguments.binary)
    if not os.path.exists(arguments.binary):
        raise SystemExit("the binary is not there: run `cargo build --profile dist` first")

    scale = f"{ROOT}/target/scale"
    os.makedirs(scale, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=scale) as folder:
        bench = Bench(arguments, scale, folder)
        notes = machine(arguments, folder)
        print(f"{notes}\n\n{aligned(COLUMNS)}")
        for size in arguments.sizes:
            for shape in arguments.shapes:
                bench.measure(shape, size)
    goals = list(bench.goals())
    print()
    for text, figure, met in goals:
        print(f"{text:<66} {figure:>14}  {met}".rstrip())
    if arguments.markdown:
        markdown(arguments.markdown, notes, bench.printed, goals)


if __name__ == "__main__":
    main()
