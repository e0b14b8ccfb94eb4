"""Prints what Scripts/fault-matrix has tried as two Markdown tables."""

import sys
from collections import Counter

lines = [line.rstrip("\n").split("\t") for line in open(sys.argv[1], encoding="utf-8")]
reached = [line for line in lines if line[2] != "not reached"]
calls = [call for call, _ in Counter(line[2] for line in reached).most_common()]


def row(cells):
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def table(title, key):
    print(row([title, *calls, "all"]))
    print(row(["---"] + ["---:"] * (len(calls) + 1)))
    names = list(dict.fromkeys(key(line) for line in reached))
    for name in names:
        count = Counter(line[2] for line in reached if key(line) == name)
        print(row([name, *(count[call] or "" for call in calls), sum(count.values())]))
    print()


table("what was disturbed", lambda line: line[0])
table("how", lambda line: line[1])
print(f"{len(reached)} times in all.")
