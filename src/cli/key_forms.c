/* key_forms: keys of a study file that no table of options holds, since their values have a form of
 * their own: how a range is written, combinations that are forbidden, known points. */
#include <string.h>

#include "cli_impl.h"

static const char range_form[] =
    "A range stands where a constant may, of every key marked *; the ranges together are the "
    "search\n"
    "space:\n"
    "  {float: [LOW, HIGH]}  {int: [LOW, HIGH]}  {choice: [A, B, C]}\n"
    "and may hold besides\n"
    "  log: true        even in the logarithm\n"
    "  step: S          only LOW, LOW + S, ...\n"
    "  ordered: false   the order of increasing numbers in a choice means nothing\n"
    "  prior: {value: V, weight: W}\n"
    "                   where a good value is thought to lie, and how firmly (0 to 1, by itself "
    "0.5)\n"
    "  when: {KEY: VALUE, KEY: [VALUES]}\n"
    "                   there only where other keys have these values\n"
    "  per_layer: true  one parameter for each repetition of the layer\n"
    "  name: NAME       what the parameter is called, by itself its path (train.learning_rate)\n"
    "A study without `network:` gives `space: {NAME: RANGE, ...}` and `objective:`.\n";

static const char repeat_form[] =
    "Any layer takes `repeat: N`, which may be a range, and several are repeated together by\n"
    "  sequence: {repeat: N, layers: [...]}\n";

static const char initial_form[] =
    "search.initial: points to try first, by the parameters' names; what is left out takes its\n"
    "default, or the middle of its range\n"
    "  initial: [{train.learning_rate: 0.01, train.optimizer: sgd}]\n";

static const char forbid_form[] =
    "search.forbid: combinations that are not proposed: values that hold together, or an order\n"
    "between a parameter and another one or a number\n"
    "  forbid: [{train.optimizer: sgd, train.batch_size: [16, 32]}, \"network.1.dropout > 0.4\"]\n";

/* Words that ask for a form, the section it belongs to at their head or "". */
static const struct {
    const char *section, *words[12], *text;
} forms[] = {
    {"",
     {"space", "range", "float", "int", "choice", "log", "step", "ordered", "prior", "when",
      "per_layer", "name"},
     range_form},
    {"network", {"repeat", "sequence"}, repeat_form},
    {"search", {"initial"}, initial_form},
    {"search", {"forbid"}, forbid_form},
};
enum { N_FORMS = sizeof forms / sizeof *forms, N_WORDS = sizeof forms->words / sizeof(char *) };

bool cli_print_form(FILE *out, const char *word)
{
    for (size_t f = 0; f < N_FORMS; f++)
        for (size_t w = 0; w < N_WORDS && forms[f].words[w] != NULL; w++)
            if (strcmp(forms[f].words[w], word) == 0)
                return fputs(forms[f].text, out) >= 0;
    return false;
}

void cli_print_forms(FILE *out, const char *section)
{
    for (size_t f = 0; f < N_FORMS; f++)
        if (strcmp(forms[f].section, section) == 0)
            fprintf(out, "\n%s", forms[f].text);
}

size_t cli_form_words(const char **names, size_t most)
{
    size_t n = 0;
    for (size_t f = 0; f < N_FORMS; f++)
        for (size_t w = 0; w < N_WORDS && forms[f].words[w] != NULL && n < most; w++)
            names[n++] = forms[f].words[w];
    return n;
}
