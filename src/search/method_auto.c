/* auto: the method that is expected to do best on the study; so far always bayes. */
#include "search/search_impl.h"

extern const struct muster_method muster_method_bayes;

static const struct muster_method *choose(const struct muster_search_setup *setup)
{
    (void)setup;
    return &muster_method_bayes;
}

const struct muster_method muster_method_auto = {
    .plugin = {.name = "auto", .help = "chosen for the study: bayes"},
    .choose = choose,
};
