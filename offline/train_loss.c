/* SPDX-License-Identifier: ISC */
#include "train_loss.h"

#include "report.h"

#include <stdlib.h>
#include <string.h>

static const double LARGEST_WEIGHT = 1000;

static const struct word {
    const char *name;
    size_t offset;
} words_known[] = {
    {"esr", offsetof(struct train_loss, esr)},
    {"pre", offsetof(struct train_loss, emphasised)},
    {"dc", offsetof(struct train_loss, dc)},
    {"stft", offsetof(struct train_loss, stft)},
};

enum { WORDS = sizeof words_known / sizeof *words_known };

/** The weight that a word of this length names, or NULL. */
static double *weight_of(struct train_loss *loss, const char *word, size_t length)
{
    for (size_t i = 0; i < WORDS; i++)
        if (strlen(words_known[i].name) == length &&
            strncmp(words_known[i].name, word, length) == 0)
            return (double *)(void *)((char *)loss + words_known[i].offset);
    return NULL;
}

/** Reads "NAME" or "NAME=WEIGHT"; gives what follows, or NULL if it is neither. */
static const char *read_one(const char *word, struct train_loss *loss)
{
    const size_t length = strcspn(word, "=,");
    double *weight = weight_of(loss, word, length);
    const char *rest = word + length;
    if (!weight)
        return NULL;
    *weight = 1;
    if (*rest == '=') {
        char *end;
        *weight = strtod(rest + 1, &end);
        if (end == rest + 1 || !(*weight >= 0 && *weight <= LARGEST_WEIGHT))
            return NULL;
        rest = end;
    }
    return *rest == '\0' || *rest == ',' ? rest : NULL;
}

bool train_loss_read(const char *words, struct train_loss *loss)
{
    *loss = (struct train_loss){.esr = 0};
    const char *rest = read_one(words, loss);
    while (rest && *rest)
        rest = read_one(rest + 1, loss);
    if (rest && loss->esr + loss->emphasised + loss->dc + loss->stft > 0)
        return true;
    complain(NULL,
             "--loss takes weights from 0 to %g of esr, pre, dc and stft, not all 0, such as "
             "esr=1,pre=1,stft=0.1, not '%s'",
             LARGEST_WEIGHT, words);
    return false;
}
