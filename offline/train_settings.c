/* SPDX-License-Identifier: ISC */
#include "train_settings.h"

#include "network.h"
#include "trainer.h"

#include <math.h>
#include <unistd.h>

const struct option_row train_options_table[] = {
    {"output", 'o', OPTION_TEXT, offsetof(struct train_settings, output), "FILE",
     "the model to write, a .safetensors file", 0, 0, NULL},
    {"time", 't', OPTION_DURATION, offsetof(struct train_settings, seconds), "TIME",
     "the best model that can be had in this time\n(default 5m)", 1, 7 * 86400, NULL},
    {"updates", 0, OPTION_WHOLE, offsetof(struct train_settings, updates), "N",
     "train for N updates instead (two of a slow path,\nwhich learns first, count as one), which "
     "repeats to\nthe bit for a seed and number of threads",
     1, 1e9, NULL},
    {"size", 's', OPTION_CHOICE, offsetof(struct train_settings, size), "SIZE",
     "tiny, standard (default) or large", 0, 0, network_size_names},
    {"network", 0, OPTION_TEXT, offsetof(struct train_settings, network), "FILE",
     "a network of your own: configuration as JSON, see\npresets/README.md", 0, 0, NULL},
    {"knob", 'k', OPTION_LIST, offsetof(struct train_settings, knobs), "NAME=VALUE",
     "position of a knob in a recording: the first use of\nNAME is for the first pair, and so on",
     0, 0, NULL},
    {"validate-on", 0, OPTION_LIST, offsetof(struct train_settings, validate_on), "N",
     "pair N only chooses the best model, instead of\npassages of each; may be repeated", 0, 0,
     NULL},
    {"test-on", 0, OPTION_LIST, offsetof(struct train_settings, test_on), "N",
     "pair N only tests the best model, instead of\npassages of each; may be repeated", 0, 0, NULL},
    {"name", 0, OPTION_TEXT, offsetof(struct train_settings, name), "TEXT", "name of the model", 0,
     0, NULL},
    {"gear", 0, OPTION_TEXT, offsetof(struct train_settings, gear), "TEXT", "the device it models",
     0, 0, NULL},
    {"author", 0, OPTION_TEXT, offsetof(struct train_settings, author), "TEXT", "who made it", 0, 0,
     NULL},
    {"licence", 0, OPTION_TEXT, offsetof(struct train_settings, licence), "TEXT",
     "on what terms others may use it", 0, 0, NULL},
    {"input-level", 0, OPTION_NUMBER, offsetof(struct train_settings, input_level), "DBU",
     "what full scale of the dry recordings was in the\ncable to the device", -120, 120, NULL},
    {"output-level", 0, OPTION_NUMBER, offsetof(struct train_settings, output_level), "DBU",
     "the same of the wet recordings, behind the device", -120, 120, NULL},
    {"rate", 0, OPTION_NUMBER, offsetof(struct train_settings, rate), "R",
     "learning rate at its height (default 0.006)", 1e-6, 1, NULL},
    {"seed", 0, OPTION_WHOLE, offsetof(struct train_settings, seed), "N",
     "of all random numbers (default 1)", 0, 1e9, NULL},
    {"threads", 0, OPTION_WHOLE, offsetof(struct train_settings, threads), "N",
     "threads to use; 8 at most find work (default: one\nfor each core)", 1, 64, NULL},
    {"loss", 0, OPTION_TEXT, offsetof(struct train_settings, loss_words), "WEIGHTS",
     "errors to make small, and how much each weighs:\nesr, pre (pre-emphasised esr), dc, stft "
     "(spectra);\n"
     "default esr=1,pre=1",
     0, 0, NULL},
    {"resume", 0, OPTION_FLAG, offsetof(struct train_settings, resume), NULL,
     "go on from FILE.checkpoint, which an interrupted\ntraining leaves, to the bit", 0, 0, NULL},
    {"checkpoint", 0, OPTION_DURATION, offsetof(struct train_settings, checkpoint_seconds), "TIME",
     "how often FILE.checkpoint is written (default 30s)", 0.01, 86400, NULL},
    {"picture", 0, OPTION_TEXT, offsetof(struct train_settings, picture), "FILE",
     "the picture of how good the model is (default: beside\nit, amp.png)", 0, 0, NULL},
    {"no-picture", 0, OPTION_FLAG, offsetof(struct train_settings, no_picture), NULL, "draw none",
     0, 0, NULL},
    {"json", 'j', OPTION_FLAG, offsetof(struct train_settings, json), NULL,
     "report one line of JSON at each validation", 0, 0, NULL},
    {"overwrite", 'y', OPTION_FLAG, offsetof(struct train_settings, overwrite), NULL,
     "replace FILE if it exists", 0, 0, NULL},
    {0},
};

struct train_settings train_default_settings(void)
{
    return (struct train_settings){
        .size = NETWORK_STANDARD,
        .input_level = (double)NAN,
        .output_level = (double)NAN,
        .seed = 1,
        .seconds = 300,
        .rate = train_default_options().rate,
        .loss = train_default_options().loss,
        .checkpoint_seconds = 30,
        .threads = sysconf(_SC_NPROCESSORS_ONLN),
    };
}
