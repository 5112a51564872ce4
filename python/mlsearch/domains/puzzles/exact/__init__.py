"""Exact distances in puzzles, as far as they can be had.

===================  ==========================================================================
:mod:`.tables`       all states in a table, where they fit in memory: 2 x 2 x 2 cube, 8-puzzle
:mod:`.two_sided`    breadth-first search from both ends: 3 x 3 x 3 cube, near the goal
:mod:`.tiles`        IDA* with additive pattern databases: 15-puzzle; larger ones near the goal
:mod:`.lights`       linear algebra over GF(2): every state of Lights Out
:mod:`.sokoban`      A* with box matching: Sokoban, within a budget of expansions
===================  ==========================================================================

Each answers with int32 ``[N]``, -1 where there is no way or where the answer is not known.
"""
