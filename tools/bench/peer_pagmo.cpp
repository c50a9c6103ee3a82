// peer_pagmo [EVALUATIONS [SEEDS [fronts]]]: simple regret of pagmo2's evolutionary algorithms on the
// functions of bench_regret, the median over seeds, for two sizes of their population. Integers and
// choices are equal cells of the unit interval, as pagmo knows no categories. `fronts`: hypervolume of
// its algorithms for several objectives on the problems of bench_front, after half of the evaluations
// and after all, in parts of the whole front's.
#include <pagmo/algorithm.hpp>
#include <pagmo/algorithms/de.hpp>
#include <pagmo/algorithms/de1220.hpp>
#include <pagmo/algorithms/nsga2.hpp>
#include <pagmo/algorithms/sade.hpp>
#include <pagmo/algorithms/sga.hpp>
#include <pagmo/population.hpp>
#include <pagmo/problem.hpp>
#include <pagmo/utils/hypervolume.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

using vector = std::vector<double>;
static const double pi = 3.14159265358979323846;

static double branin(const vector &x)
{
    double a = x[1] - 5.1 / (4 * pi * pi) * x[0] * x[0] + 5 / pi * x[0] - 6;
    return a * a + 10 * (1 - 1 / (8 * pi)) * std::cos(x[0]) + 10 - 0.39788735772973816;
}

static double hartmann6(const vector &x)
{
    static const double height[4] = {1, 1.2, 3, 3.2};
    static const double steep[4][6] = {{10, 3, 17, 3.5, 1.7, 8},
                                       {.05, 10, 17, .1, 8, 14},
                                       {3, 3.5, 1.7, 10, 17, 8},
                                       {17, 8, .05, 10, .1, 14}};
    static const double place[4][6] = {{1312, 1696, 5569, 124, 8283, 5886},
                                       {2329, 4135, 8307, 3736, 1004, 9991},
                                       {2348, 1451, 3522, 2883, 3047, 6650},
                                       {4047, 8828, 8732, 5743, 1091, 381}};
    double value = 3.322368011391339;
    for (int i = 0; i < 4; i++) {
        double sum = 0;
        for (int j = 0; j < 6; j++)
            sum += steep[i][j] * std::pow(x[j] - 1e-4 * place[i][j], 2);
        value -= height[i] * std::exp(-sum);
    }
    return value;
}

static double ackley(const vector &x)
{
    double squares = 0, waves = 0, n = double(x.size());
    for (double v : x) {
        squares += v * v;
        waves += std::cos(2 * pi * v);
    }
    return -20 * std::exp(-0.2 * std::sqrt(squares / n)) - std::exp(waves / n) + 20 + std::exp(1.0);
}

static double levy(const vector &x)
{
    double w = 1 + (x[0] - 1) / 4, value = std::pow(std::sin(pi * w), 2);
    for (size_t j = 0; j + 1 < x.size(); j++) {
        w = 1 + (x[j] - 1) / 4;
        value += std::pow(w - 1, 2) * (1 + 10 * std::pow(std::sin(pi * w + 1), 2));
    }
    w = 1 + (x.back() - 1) / 4;
    return value + std::pow(w - 1, 2) * (1 + std::pow(std::sin(2 * pi * w), 2));
}

static double rosenbrock(const vector &x)
{
    double value = 0;
    for (size_t j = 0; j + 1 < x.size(); j++)
        value += 100 * std::pow(x[j + 1] - x[j] * x[j], 2) + std::pow(1 - x[j], 2);
    return value;
}

static double michalewicz(const vector &x)
{
    double value = 9.66015171564;
    for (size_t j = 0; j < x.size(); j++)
        value -= std::sin(x[j]) * std::pow(std::sin(double(j + 1) * x[j] * x[j] / pi), 20);
    return value;
}

static double mixed6(const vector &x)
{
    static const double act[4] = {.3, 0, .6, .1}, opt[3] = {.2, 0, .5};
    double rate = -5 + 5 * x[2], n = 1 + std::min(std::floor(8 * x[3]), 7.0);
    int a = int(std::min(std::floor(4 * x[4]), 3.0)), o = int(std::min(std::floor(3 * x[5]), 2.0));
    return act[a] + opt[o] + .5 * std::pow(rate + 3 - .5 * o, 2) + .1 * std::pow(n - 3 - a, 2) +
           4 * std::pow(x[0] - .3, 2) + 4 * std::pow(x[1] - .2 - .2 * a, 2);
}

struct test {
    const char *name;
    double (*value)(const vector &);
    vector low, high;
};

static const std::vector<test> &tests()
{
    static const std::vector<test> all = {
        {"branin", branin, {-5, 0}, {10, 15}},
        {"hartmann6", hartmann6, vector(6, 0), vector(6, 1)},
        {"ackley10", ackley, vector(10, -5), vector(10, 10)},
        {"levy8", levy, vector(8, -10), vector(8, 10)},
        {"rosenbrock5", rosenbrock, vector(5, -5), vector(5, 10)},
        {"michalewicz10", michalewicz, vector(10, 0), vector(10, pi)},
        {"mixed6", mixed6, vector(6, 0), vector(6, 1)},
    };
    return all;
}

struct problem { // what pagmo asks for
    size_t at = 0;
    vector fitness(const vector &x) const { return {tests()[at].value(x)}; }
    std::pair<vector, vector> get_bounds() const { return {tests()[at].low, tests()[at].high}; }
};

static pagmo::algorithm make(const std::string &name, unsigned generations, unsigned seed)
{
    if (name == "sga")
        return pagmo::algorithm(pagmo::sga(generations, .9, 1., .02, 1., 2u, "exponential",
                                           "polynomial", "tournament", seed));
    if (name == "de")
        return pagmo::algorithm(pagmo::de(generations, .8, .9, 2u, 1e-6, 1e-6, seed));
    if (name == "sade")
        return pagmo::algorithm(pagmo::sade(generations, 2u, 1u, 1e-6, 1e-6, false, seed));
    return pagmo::algorithm(pagmo::de1220(generations, pagmo::de1220_statics<void>::allowed_variants,
                                          1u, 1e-6, 1e-6, false, seed));
}

static double median(const std::string &name, size_t at, unsigned size, unsigned n, unsigned seeds)
{
    vector best;
    for (unsigned seed = 0; seed < seeds; seed++) {
        pagmo::population start(pagmo::problem(problem{at}), size, seed);
        pagmo::population end = make(name, n / size - 1, seed).evolve(start);
        best.push_back(std::min(start.champion_f()[0], end.champion_f()[0]));
    }
    std::sort(best.begin(), best.end());
    return best[best.size() / 2];
}

// ---- several objectives ---------------------------------------------------------------------

static vector zdt(const vector &u, int kind)
{
    double g = 1;
    for (size_t j = 1; j < u.size(); j++)
        g += 9 * u[j] / double(u.size() - 1);
    double share = u[0] / g;
    double f = g * (kind == 2 ? 1 - share * share : 1 - std::sqrt(share));
    return {u[0], kind == 3 ? f - u[0] * std::sin(10 * pi * u[0]) : f};
}

static vector dtlz2(const vector &u, size_t m)
{
    vector f(m, 1);
    for (size_t j = m - 1; j < u.size(); j++)
        f[0] += std::pow(u[j] - 0.5, 2);
    std::fill(f.begin(), f.end(), f[0]);
    for (size_t j = 0; j + 1 < m; j++) { // the first objective has all the cosines, the last one sine
        for (size_t k = 0; k + j + 1 < m; k++)
            f[k] *= std::cos(u[j] * pi / 2);
        f[m - 1 - j] *= std::sin(u[j] * pi / 2);
    }
    return f;
}

static const struct {
    const char *name;
    vector (*value)(const vector &);
    size_t m;
    double whole;
} fronts[] = {
    {"zdt1", [](const vector &u) { return zdt(u, 1); }, 2, 0.21 + 2.0 / 3},
    {"zdt2", [](const vector &u) { return zdt(u, 2); }, 2, 0.21 + 1.0 / 3},
    {"zdt3", [](const vector &u) { return zdt(u, 3); }, 2, 1.331762},
    {"dtlz2 of 2", [](const vector &u) { return dtlz2(u, 2); }, 2, 1.21 - pi / 4},
    {"dtlz2", [](const vector &u) { return dtlz2(u, 3); }, 3, 1.331 - pi / 6},
};

static std::vector<vector> seen; // all that was evaluated, in order

struct front { // what pagmo asks for
    size_t at = 0;
    vector fitness(const vector &u) const
    {
        seen.push_back(fronts[at].value(u));
        return seen.back();
    }
    size_t get_nobj() const { return fronts[at].m; }
    std::pair<vector, vector> get_bounds() const { return {vector(6, 0), vector(6, 1)}; }
};

static double share(size_t at, size_t n)
{
    std::vector<vector> within;
    for (size_t i = 0; i < n && i < seen.size(); i++)
        if (*std::max_element(seen[i].begin(), seen[i].end()) < 1.1)
            within.push_back(seen[i]);
    if (within.empty())
        return 0;
    return pagmo::hypervolume(within).compute(vector(fronts[at].m, 1.1)) / fronts[at].whole;
}

// With pagmo's own settings, and those of Deb et al. 2002: as many mutated genes as one a child.
static pagmo::algorithm make_front(const std::string &name, unsigned generations, unsigned seed)
{
    if (name == "nsga2")
        return pagmo::algorithm(pagmo::nsga2(generations, .95, 10., .01, 50., seed));
    return pagmo::algorithm(pagmo::nsga2(generations, .9, 15., 1.0 / 6, 20., seed));
}

static void print_fronts(unsigned n, unsigned seeds)
{
    for (const char *name : {"nsga2", "nsga2 of Deb"})
        for (unsigned size : {12u, 20u, 40u}) {
            std::printf("%-13s %10u", name, size);
            for (size_t at = 0; at < sizeof fronts / sizeof *fronts; at++) {
                vector half, whole;
                for (unsigned seed = 0; seed < seeds; seed++) {
                    seen.clear();
                    pagmo::population start(pagmo::problem(front{at}), size, seed);
                    make_front(name, n / size - 1, seed).evolve(start);
                    half.push_back(share(at, n / 2));
                    whole.push_back(share(at, n));
                }
                std::sort(half.begin(), half.end());
                std::sort(whole.begin(), whole.end());
                std::printf(" %6.3f %6.3f", half[seeds / 2], whole[seeds / 2]);
            }
            std::printf("\n");
        }
}

static void print_regrets(unsigned n, unsigned seeds)
{
    for (const char *name : {"sga", "de", "sade", "de1220"})
        for (unsigned size : {10u, 20u}) {
            std::printf("%-13s %10u", name, size);
            for (size_t at = 0; at < tests().size(); at++)
                std::printf(" %13.2g", median(name, at, size, n, seeds));
            std::printf("\n");
        }
}

int main(int argc, char **argv)
{
    unsigned n = argc > 1 ? unsigned(std::atoi(argv[1])) : 100;
    unsigned seeds = argc > 2 ? unsigned(std::atoi(argv[2])) : 10;
    bool several = argc > 3 && std::string(argv[3]) == "fronts";
    std::printf("%-13s %10s", "method", "population");
    if (several)
        for (const auto &f : fronts)
            std::printf(" %13s", f.name);
    else
        for (const test &t : tests())
            std::printf(" %13s", t.name);
    std::printf("\n");
    (several ? print_fronts : print_regrets)(n, seeds);
}
