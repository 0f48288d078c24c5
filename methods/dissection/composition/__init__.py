"""Names made of several concepts: formulas of AND, OR and AND NOT, and the search for the best one."""
