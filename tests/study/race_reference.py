"""The quantiles in test_race.c: Student's t at 1 - error, by scipy."""
from scipy.stats import t

for freedom, error in ((2, 0.02), (4, 0.01), (21, 0.02), (22, 0.03), (20, 0.01)):
    print(freedom, error, repr(float(t.ppf(1 - error, freedom))))
