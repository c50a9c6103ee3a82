// peer_pagmo [EVALUATIONS [SEEDS]]: simple regret of pagmo2's evolutionary algorithms on the functions
// of bench_regret, the median over seeds, for two sizes of their population. Integers and choices are
// equal cells of the unit interval, as pagmo knows no categories.
#include <pagmo/algorithm.hpp>
#include <pagmo/algorithms/de.hpp>
#include <pagmo/algorithms/de1220.hpp>
#include <pagmo/algorithms/sade.hpp>
#include <pagmo/algorithms/sga.hpp>
#include <pagmo/population.hpp>
#include <pagmo/problem.hpp>

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

int main(int argc, char **argv)
{
    unsigned n = argc > 1 ? unsigned(std::atoi(argv[1])) : 100;
    unsigned seeds = argc > 2 ? unsigned(std::atoi(argv[2])) : 10;
    std::printf("%-8s %10s", "method", "population");
    for (const test &t : tests())
        std::printf(" %13s", t.name);
    std::printf("\n");
    for (const char *name : {"sga", "de", "sade", "de1220"})
        for (unsigned size : {10u, 20u}) {
            std::printf("%-8s %10u", name, size);
            for (size_t at = 0; at < tests().size(); at++)
                std::printf(" %13.2g", median(name, at, size, n, seeds));
            std::printf("\n");
        }
}
