"""Samples of a running JVM's stacks, kernel and user, drawn as a flame graph.

`record` lets `perf` sample a process while something loads it and asks the JVM (`jcmd`) for the names
of its compiled code; `fold` counts equal stacks; `draw` writes them as one SVG file that needs nothing
else: a frame is as wide as its share of the samples, callers are below, hover over one to read its
name and share. The JVM has to run with JVM_FLAGS, or its stacks end at the first compiled frame.
"""

import collections
import html
import os
import re
import shutil
import subprocess

JVM_FLAGS = "-XX:+PreserveFramePointer"

WIDTH, ROW, LEFT, TOP = 1400, 16, 10, 44
CHARACTER = 6.3


def unavailable():
    """Why nothing can be sampled here, or None."""
    if not shutil.which("perf"):
        return "perf is missing; install it (e.g. apt-get install linux-perf)"
    return None


def record(pid, seconds, folder, load):
    """Runs load() while perf samples the process; the text of all samples."""
    data = os.path.join(folder, "perf.data")
    perf = subprocess.Popen(
        ["perf", "record", "-q", "-e", "cpu-clock", "-F", "999", "-g", "-p", str(pid), "-o", data,
         "--", "sleep", str(seconds)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    load()
    _, complaints = perf.communicate(timeout=seconds + 60)
    if perf.returncode:
        raise OSError("perf record: " + complaints.strip())
    java = os.path.dirname(os.path.realpath("/proc/%d/exe" % pid))
    names = "/tmp/perf-%d.map" % pid
    try:
        subprocess.run([os.path.join(java, "jcmd"), str(pid), "Compiler.perfmap"], check=True,
                       stdout=subprocess.DEVNULL, timeout=60)
        return subprocess.run(["perf", "script", "-i", data, "-F", "comm,tid,ip,sym,dso"],
                              check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              text=True, errors="replace").stdout
    finally:
        for left in (names, data):
            if os.path.exists(left):
                os.remove(left)


def frame_name(symbol, module):
    """A frame as it is drawn: Java names without signature, kernel frames marked."""
    if module.startswith("[kernel") or module.startswith("[guest.kernel"):
        return symbol + " [k]"
    java = re.match(r"\S+ ([\w.$/<>]+)\.([\w$<>]+)\(", symbol) \
        or re.match(r"([\w.$/<>]+)\.([\w$<>]+)\(", symbol)
    if java and "perf-" in module:
        return java.group(1).replace("/", ".").rpartition(".")[2] + "." + java.group(2)
    if symbol == "[unknown]":
        return "(%s)" % os.path.basename(module.strip("[]"))
    return symbol


def fold(script):
    """Samples counted by stack, outermost frame first: the thread's name, then its frames."""
    counts = collections.Counter()
    for block in script.split("\n\n"):
        lines = [line for line in block.splitlines() if line.strip()]
        if len(lines) < 2:
            continue
        thread = re.sub(r"[-\s#]*\d+$", "", re.sub(r"\s+\d+\s*$", "", lines[0].strip()))
        frames = []
        for line in lines[1:]:
            match = re.match(r"\s*[0-9a-f]+ (.*) \((.*)\)\s*$", line)
            if match:
                frames.append(frame_name(re.sub(r"\+0x[0-9a-f]+$", "", match.group(1)),
                                         match.group(2)))
        # Frames that no table names say where, never what: equal neighbours are one.
        stack = [thread]
        for frame in reversed(frames):
            if frame != stack[-1] or not frame.startswith("("):
                stack.append(frame)
        counts[tuple(stack)] += 1
    return counts


def share(counts, named):
    """The part of all samples in whose stack a frame is for which named() holds."""
    total = sum(counts.values())
    return sum(n for stack, n in counts.items() if any(map(named, stack))) / total if total else 0.0


def colour(name):
    tone = sum(map(ord, name)) % 40
    if name.endswith("[k]"):
        return "#%02x%02x%02x" % (230, 130 + tone, 70)
    if re.search(r"^[A-Z][\w$]*\.", name):
        return "#%02x%02x%02x" % (120 + tone, 190, 120)
    return "#%02x%02x%02x" % (210, 200, 110 + tone)


def draw(counts, title, out, least=0.001):
    """Writes the SVG; frames of less than `least` of all samples are left out."""
    total = sum(counts.values())
    if not total:
        raise OSError("no samples")
    rows = []

    def place(stacks, depth, start):
        below = collections.defaultdict(collections.Counter)
        for stack, n in stacks.items():
            if len(stack) > depth:
                below[stack[depth]][stack] += n
        at = start
        for name in sorted(below):
            n = sum(below[name].values())
            if n / total >= least:
                rows.append((depth, at, n, name))
                place(below[name], depth + 1, at)
            at += n

    place(counts, 0, 0)
    deepest = max(depth for depth, *_ in rows)
    height = TOP + (deepest + 1) * ROW + LEFT
    scale = (WIDTH - 2 * LEFT) / total
    with open(out, "w") as svg:
        svg.write('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" '
                  'font-family="monospace" font-size="10">\n' % (WIDTH, height))
        svg.write('<rect width="100%%" height="100%%" fill="#fff"/>\n<text x="%d" y="18" '
                  'font-size="14">%s</text>\n' % (LEFT, html.escape(title)))
        svg.write('<text x="%d" y="34">%d samples; orange: kernel, green: Java, yellow: native; '
                  'frames below %.1f %% are left out</text>\n' % (LEFT, total, least * 100))
        for depth, at, n, name in rows:
            x, width = LEFT + at * scale, n * scale
            y = height - LEFT - (depth + 1) * ROW
            letters = int((width - 4) / CHARACTER)
            text = name if len(name) <= letters else name[:letters - 1] + "…"
            svg.write('<g><title>%s: %d, %.1f %%</title><rect x="%.1f" y="%d" width="%.1f" '
                      'height="%d" fill="%s" stroke="#fff" stroke-width=".4"/>'
                      % (html.escape(name), n, 100 * n / total, x, y, width, ROW - 1, colour(name)))
            if letters >= 4:
                svg.write('<text x="%.1f" y="%d">%s</text>' % (x + 2, y + 11, html.escape(text)))
            svg.write("</g>\n")
        svg.write("</svg>\n")
