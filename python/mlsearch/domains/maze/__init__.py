"""Grid mazes, the domain where every number can be checked."""
