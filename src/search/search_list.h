/* The methods of `search.method`, one line each: muster_method_NAME of method_NAME.c. */
X(auto)
X(bayes)
X(random)
X(grid)
X(sobol)
X(lhs)
X(genetic)
X(evolution)
