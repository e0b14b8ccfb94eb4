"""Repositories to measure on: made by seed, or a copy of a given one."""
import pathlib, random, subprocess
from dataclasses import dataclass


@dataclass
class Repository:
    root: pathlib.Path
    # Of "main", "main~50", "topic" and, if there are such branches, "conflict" and "renames".
    commits: dict


def run(environment, *arguments, **more):
    return subprocess.run(arguments, check=True, capture_output=True, env=environment, **more).stdout


class Writer:
    """Writes a history as a stream for `git fast-import`."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.stream = bytearray()
        self.time = 1_700_000_000

    def text(self, number):
        """Content as source code has it: many small files, few large ones."""
        lines = max(4, min(2000, int(self.random.lognormvariate(4.0, 0.9))))
        words = self.random
        return "".join(
            f"{number} {line}: value_{words.randrange(1 << 30):x} = call({line * 7 % 13})\n"
            for line in range(lines))

    def commit(self, branch, message, parent=None):
        self.time += 60
        data = message.encode()
        self.stream += f"commit refs/heads/{branch}\n".encode()
        self.stream += f"committer Bench <bench@example.com> {self.time} +0000\n".encode()
        self.stream += b"data %d\n%s\n" % (len(data), data)
        if parent:
            self.stream += f"from {parent}\n".encode()

    def file(self, path, text):
        data = text.encode()
        self.stream += f"M 100644 inline {path}\n".encode() + b"data %d\n%s\n" % (len(data), data)

    def move(self, old, new):
        self.stream += f"R {old} {new}\n".encode()


def paths(count, random):
    """Names in directories of some twelve files, up to five deep."""
    directories = [""]
    names = []
    for number in range(max(count // 12, 1)):
        parent = random.choice(directories[-60:] if random.random() < 0.7 else directories)
        if parent.count("/") >= 4:
            parent = ""
        directories.append(f"{parent}dir{number}/")
    for number in range(count):
        names.append(f"{directories[number % len(directories)]}file{number}.txt")
    return names


def edited(text, random, word):
    lines = text.split("\n")
    lines[random.randrange(len(lines) - 1)] = f"{word} {random.randrange(1 << 30):x}"
    return "\n".join(lines)


def generate(root, count, seed, environment):
    """`main` of 120 commits; from its 60th `topic` (20 commits), `conflict`, and `renames`."""
    writer = Writer(seed)
    random = writer.random
    names = paths(count, random)
    texts = {}
    writer.commit("main", "all files")
    for number, name in enumerate(names):
        texts[name] = writer.text(number)
        writer.file(name, texts[name])
    # Halves that nobody else touches, so that the branches merge cleanly.
    theirs = names[: count // 2]
    ours = names[count // 2:]
    shared = random.sample(ours, min(5, len(ours)))
    moved = random.sample(theirs, min(1000, len(theirs) // 3))
    rest = sorted(set(theirs) - set(moved))
    now = dict(texts)
    at_fork = None

    def commits(branch, number, pool, parent=None):
        for index in range(number):
            writer.commit(branch, f"{branch} {index}", parent if index == 0 else None)
            for name in random.sample(pool, min(4, len(pool))):
                now[name] = edited(now[name], random, branch)
                writer.file(name, now[name])

    commits("main", 60, ours)
    at_fork = dict(now)
    writer.stream += b"reset refs/heads/fork\nfrom refs/heads/main\n\n"
    commits("main", 60, ours)
    writer.commit("main", "main on shared files and on what is moved elsewhere")
    for name in shared + moved[:50]:
        now[name] = "first line of main\n" + now[name]
        writer.file(name, now[name])
    now = dict(at_fork)
    commits("topic", 20, rest, "refs/heads/fork")
    writer.commit("conflict", "on shared files", "refs/heads/fork")
    for name in shared:
        writer.file(name, "first line of conflict\n" + at_fork[name])
    writer.commit("renames", "a thousand files are moved", "refs/heads/fork")
    for number, name in enumerate(moved):
        directory, _, own = name.rpartition("/")
        new = f"moved/{directory or 'top'}/{own}" if number % 2 else f"{directory or 'top'}/renamed-{own}"
        writer.move(name, new)
        if number % 3 == 0:
            writer.file(new, edited(edited(at_fork[name], random, "moved"), random, "moved"))
    run(environment, "git", "init", "-q", "-b", "main", root)
    run(environment, "git", "-C", root, "fast-import", "--quiet", input=bytes(writer.stream))
    run(environment, "git", "-C", root, "gc", "-q")
    run(environment, "git", "-C", root, "reset", "-q", "--hard", "main")
    return find(root, environment)


def copy(original, root, environment):
    """A clone that shares nothing; `topic` is its newest merge's second parent, if there is one."""
    run(environment, "git", "clone", "-q", "--no-hardlinks", original, root)
    run(environment, "git", "-C", root, "switch", "-q", "-C", "main")
    merges = run(environment, "git", "-C", root, "log", "--merges", "-1", "--format=%P").split()
    if len(merges) > 1:
        run(environment, "git", "-C", root, "branch", "-f", "topic", merges[1])
        run(environment, "git", "-C", root, "reset", "-q", "--hard", merges[0])
    else:
        run(environment, "git", "-C", root, "branch", "-f", "topic", "main~1")
    return find(root, environment)


def find(root, environment):
    commits = {}
    for name in ["main", "main~50", "topic", "conflict", "renames"]:
        found = subprocess.run(["git", "-C", root, "rev-parse", "-q", "--verify", f"{name}^{{commit}}"],
                               capture_output=True, text=True, env=environment)
        if found.returncode == 0:
            commits[name] = found.stdout.strip()
    return Repository(root, commits)
