/* What may stand as `search.fidelity`, one line each: muster_fidelity_NAME of fidelity_NAME.c. */
X(none)
X(hyperband)
X(asha)
X(bohb)
X(freeze_thaw)
