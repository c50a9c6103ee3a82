/* Fresh weights: the rules of the option `init` that layers with matrices offer. */
#ifndef MUSTER_NN_INIT_IMPL_H
#define MUSTER_NN_INIT_IMPL_H

#include "nn/nn_impl.h"

/* The option's words, in the order of enum muster_init_rule. */
#define MUSTER_INIT_WORDS \
    "auto|he_uniform|he_normal|glorot_uniform|glorot_normal|lecun_uniform|lecun_normal|orthogonal"

#define MUSTER_INIT_OPTION                                                                   \
    {                                                                                        \
        .name = "init", .type = MUSTER_WORD, .standard = "auto", .words = MUSTER_INIT_WORDS, \
        .help = "how weights start; auto: as the layer's first users had it"                 \
    }

enum muster_init_rule {
    MUSTER_INIT_AUTO,
    MUSTER_INIT_HE_UNIFORM,
    MUSTER_INIT_HE_NORMAL,
    MUSTER_INIT_GLOROT_UNIFORM,
    MUSTER_INIT_GLOROT_NORMAL,
    MUSTER_INIT_LECUN_UNIFORM,
    MUSTER_INIT_LECUN_NORMAL,
    MUSTER_INIT_ORTHOGONAL
};

/* A matrix as it is kept, [rows][cols] tight. Fans: how many numbers one output sees, and one input
 * reaches. */
struct muster_init {
    enum muster_init_rule rule; /* AUTO: He's for rectifiers, else Glorot's, both uniform */
    bool rectifier;
    double fan_in, fan_out;
    size_t rows, cols;
};

/* Keyed by the stream and where the matrix lies in the flat buffer. */
void muster_init_matrix(const struct muster_init *how, struct muster_stream stream, size_t offset,
                        float *weights);

#endif
