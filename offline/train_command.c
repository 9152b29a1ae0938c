/* SPDX-License-Identifier: ISC */
/* xlstm train: from recordings of a device to a model of it. */
#include "command.h"
#include "network.h"
#include "options.h"
#include "report.h"
#include "train_files.h"
#include "train_knobs.h"
#include "train_loss.h"
#include "train_pairs.h"
#include "train_roles.h"
#include "train_run.h"

static json_t *read_network(const struct train_settings *settings)
{
    json_error_t error;
    if (!settings->network)
        return network_of_size((enum network_size)settings->size);
    json_t *json = json_load_file(settings->network, JSON_REJECT_DUPLICATES, &error);
    if (!json)
        complain(settings->network, "line %d: %s", error.line, error.text);
    return json;
}

/** Loads the recordings and trains on them. */
static bool train(const struct train_settings *settings, struct train_files *files, json_t *network,
                  size_t count, char **paths, const enum train_role *roles,
                  const float (*knobs)[XLSTM_MAX_KNOBS])
{
    struct train_pairs *pairs = train_pairs_read(count, paths, roles, knobs);
    const bool good = pairs && train_and_save(settings, files, pairs, network);
    train_pairs_free(pairs);
    return good;
}

static int prepare_and_train(const struct train_settings *settings, struct train_files *files,
                             size_t count, char **paths)
{
    float knobs[TRAIN_PAIRS][XLSTM_MAX_KNOBS] = {{0}};
    enum train_role roles[TRAIN_PAIRS] = {TRAIN_ROLE_ALL};
    json_t *network = read_network(settings);
    int outcome = FAILED;
    if (network && (!train_knobs_read(&settings->knobs, count, network, knobs) ||
                    !train_roles_read(settings, count, roles)))
        outcome = MISUSED;
    else if (network && (settings->network || network_watch_knobs(network)) &&
             train(settings, files, network, count, paths, roles, knobs))
        outcome = DONE;
    json_decref(network);
    return outcome;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct train_settings settings = train_default_settings();
    const int first = options_parse(command, argc, argv, &settings);
    if (first <= 0)
        return first ? MISUSED : DONE;
    const int count = argc - first;
    if (count % 2 != 0) {
        complain(NULL, "train needs pairs of files, dry, then wet, and %d were named", count);
        return MISUSED;
    }
    if (settings.loss_words && !train_loss_read(settings.loss_words, &settings.loss))
        return MISUSED;
    struct train_files files;
    int outcome = train_files_begin(&files, &settings, argv + first, (size_t)count);
    if (outcome == DONE)
        outcome = prepare_and_train(&settings, &files, (size_t)count / 2, argv + first);
    train_files_end(&files);
    return outcome;
}

const struct command command_train = {
    .name = "train",
    .operands = "DRY WET [DRY WET]…",
    .summary = "Train a model from recordings of a device",
    .details =
        "DRY is what went into the device, WET what came out of it: any playing, or the test\n"
        "signal of xlstm signal. Latency, polarity, clocks, sample rates and lengths need not\n"
        "agree; what is wrong with a recording is said and mended or left out. A tenth of it,\n"
        "but no more than 20 s, chooses the best model, and as much tests it; of the test\n"
        "signal 12 s each, however long it is, which leaves 13 s of the shortest to train on.\n"
        "Ctrl-C ends the training and keeps the best model so far.\n"
        "Until the end FILE.checkpoint is kept beside the model; after a crash or Ctrl-C the same\n"
        "command with --resume goes on from it, to the bit.\n",
    .examples = "  xlstm train dry.wav wet.wav -o amp.safetensors\n"
                "  xlstm train dry.wav wet.wav -o amp.safetensors --time 30s --size tiny\n"
                "  xlstm train dry.wav wet.wav -o amp.safetensors --time 2h --resume\n"
                "  xlstm train dry.wav wet.wav -o amp.safetensors --loss esr=1,pre=1,stft=0.01\n"
                "A test signal, played through the gear and recorded as wet.wav:\n"
                "  xlstm signal dry.wav\n"
                "  xlstm train dry.wav wet.wav -o amp.safetensors\n"
                "A knob, from recordings at three positions of it:\n"
                "  xlstm train dry.wav soft.wav dry.wav half.wav dry.wav hard.wav \\\n"
                "      -k drive=0 -k drive=0.5 -k drive=1 -o pedal.safetensors\n"
                "Recordings of one's own to choose and to test by:\n"
                "  xlstm train dry.wav wet.wav dry2.wav wet2.wav dry3.wav wet3.wav \\\n"
                "      --validate-on 2 --test-on 3 -o amp.safetensors\n",
    .minimum = 2,
    .maximum = 2 * TRAIN_PAIRS,
    .options = train_options_table,
    .run = run,
};
