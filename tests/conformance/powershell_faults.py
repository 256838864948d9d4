"""Prints what in PowerShell scripts the grammar of tree-sitter does not take.

usage: powershell_faults.py FILE...
"""

import pathlib
import sys

import tree_sitter
import tree_sitter_powershell


def faults(node):
    if node.type == "ERROR" or node.is_missing:
        yield node
    for child in node.children:
        yield from faults(child)


def main():
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
    for file in sys.argv[1:]:
        for node in faults(parser.parse(pathlib.Path(file).read_bytes()).root_node):
            row, column = node.start_point
            print(f"{file}:{row + 1}:{column + 1}: {node.text.decode()[:60]}")


main()
