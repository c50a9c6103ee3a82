/* What objectives and test functions there are: one line each. */
#define MUSTER_OBJECTIVE_LIST(X) \
    X(train)                     \
    X(function)                  \
    X(command)

#define MUSTER_FUNCTION_LIST(X) \
    X(branin)                   \
    X(hartmann6)                \
    X(ackley)                   \
    X(levy)                     \
    X(rosenbrock)               \
    X(rastrigin)                \
    X(michalewicz)              \
    X(dummy)
