#!/usr/bin/env python3
"""Writes a manual page (man 1) from what a program says of itself.

    make-manual.py PROGRAM > PROGRAM.1

Reads the JSON that programs built with Swift Argument Parser print for --experimental-dump-help, so that the page and
--help cannot differ.
"""

import json
import pathlib
import subprocess
import sys


def escaped(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join("\\&" + line if line.startswith((".", "'")) else line for line in text.split("\n"))


def names(argument):
    shown = [("-" if name["kind"] == "short" else "--") + name["name"] for name in argument.get("names", [])]
    value = argument.get("valueName", "value").upper()
    if argument["kind"] == "positional":
        return value
    return ", ".join(shown) + (f" {value}" if argument["kind"] == "option" else "")


def arguments(command):
    for argument in command.get("arguments", []):
        if not argument.get("shouldDisplay", True):
            continue
        yield ".TP"
        yield f".B {escaped(names(argument))}"
        text = argument.get("abstract", "") or "See above."
        if argument.get("defaultValue"):
            text += f" Default: {argument['defaultValue']}."
        yield escaped(text)


def page(command, path):
    yield f".SH {' '.join(path).upper()}" if len(path) > 1 else ".SH DESCRIPTION"
    yield escaped(command.get("abstract", ""))
    if command.get("discussion"):
        yield ".PP"
        yield ".nf"
        yield escaped(command["discussion"].strip("\n"))
        yield ".fi"
    yield from arguments(command)
    for child in command.get("subcommands", []):
        if child.get("shouldDisplay", True) and child["commandName"] != "help":
            yield from page(child, [*path, child["commandName"]])


def main():
    program = pathlib.Path(sys.argv[1])
    dump = subprocess.run([program, "--experimental-dump-help"], capture_output=True, text=True, check=True)
    command = json.loads(dump.stdout)["command"]
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    name = command["commandName"]
    print(f'.TH {name.upper()} 1 "" "Vigil {version}" "Vigil"')
    print(".SH NAME")
    print(f"{name} \\- {escaped(command.get('abstract', ''))}")
    print(".SH SYNOPSIS")
    print(f".B {name}\n[\\fIcommand\\fR] [\\fIoptions\\fR]")
    print("\n".join(line for line in page(command, [name]) if line))
    print(".SH EXIT STATUS")
    print("0 done; 1 not live, an attack, or a log that does not verify; 2 undecided or timed out; 3 no usable input;")
    print("64 wrong usage; 70 internal fault.")


if __name__ == "__main__":
    main()
