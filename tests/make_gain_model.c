/* SPDX-License-Identifier: ISC */
/* make_gain_model FILE GAIN: writes a model at 48 kHz that is a plain gain. */
#include "gain_model.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "Usage: make_gain_model FILE GAIN\n");
        return 2;
    }
    const struct gain_model model = {.gain = (float)atof(argv[2]), .sample_rate = 48000};
    return write_gain_model(argv[1], &model) ? 0 : 1;
}
