/* SPDX-License-Identifier: ISC */
/* xlstm-device: plays a sound file through a circuit or a compressor. */
#include "circuit.h"
#include "compressor.h"
#include "oversample.h"
#include "sound.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: xlstm-device DEVICE IN OUT [NAME=VALUE ...]\n"
    "Plays the sound file IN through DEVICE, a netlist or the word compressor, and writes OUT, a\n"
    "32-bit float WAV of the same length. Full scale is 1 V. NAME=VALUE sets a parameter.\n";

/** Frames that a circuit is solved at for each of the sound. */
enum { OVERSAMPLING = 8 };

static double step_circuit(void *circuit, double in)
{
    return circuit_step(circuit, in);
}

/** Adds NAME=VALUE to the settings. */
static bool read_setting(struct parameters *settings, const char *argument, struct failure *failure)
{
    const size_t length = strcspn(argument, "=");
    char name[sizeof settings->list->name];
    double value;
    if (argument[length] == '\0' || length >= sizeof name)
        return fail(failure, "\"%s\" is not NAME=VALUE", argument);
    for (size_t i = 0; i < length; i++)
        name[i] = (char)tolower((unsigned char)argument[i]);
    name[length] = '\0';
    return expression_evaluate(argument + length + 1, settings, &value, failure) &&
           parameter_set(settings, name, value, failure);
}

/** The whole text of a file in a new buffer, or NULL. */
static char *read_text(const char *path)
{
    enum { MOST = 1 << 16 };
    FILE *file = fopen(path, "r");
    char *text = file ? calloc(1, MOST) : NULL;
    if (text && (fread(text, 1, MOST - 1, file) == 0 || ferror(file))) {
        free(text);
        text = NULL;
    }
    if (file)
        fclose(file);
    return text;
}

static bool play_circuit(const char *path, const struct parameters *settings, struct sound *sound,
                         struct failure *failure)
{
    char *text = read_text(path);
    if (!text)
        return fail(failure, "cannot read %s", path);
    struct netlist netlist;
    struct failure reason;
    const double rate = sound->rate * OVERSAMPLING;
    const bool parsed = netlist_parse(&netlist, text, settings, &reason);
    free(text);
    struct circuit *circuit = parsed ? circuit_new(&netlist, rate, &reason) : NULL;
    if (!circuit)
        return fail(failure, "%s: %s", path, reason.text);
    bool played = oversample(sound->samples, sound->count, sound->rate, OVERSAMPLING, step_circuit,
                             circuit, failure);
    printf("%.2f Newton steps on average\n", circuit_iterations(circuit));
    if (circuit_failures(circuit) > 0)
        played = fail(failure, "%s: %zu steps did not converge", path, circuit_failures(circuit));
    circuit_free(circuit);
    return played;
}

static bool play_compressor(const struct parameters *settings, struct sound *sound,
                            struct failure *failure)
{
    struct compressor compressor;
    if (!compressor_init(&compressor, settings, sound->rate, failure))
        return false;
    for (size_t i = 0; i < sound->count; i++)
        sound->samples[i] = (float)compressor_step(&compressor, sound->samples[i]);
    return true;
}

static void report(const char *path, const struct sound *sound)
{
    double peak = 0, energy = 0;
    for (size_t i = 0; i < sound->count; i++) {
        peak = fmax(peak, fabs((double)sound->samples[i]));
        energy += (double)sound->samples[i] * (double)sound->samples[i];
    }
    printf("%s: %.1f s, peak %.1f dBFS, RMS %.1f dBFS\n", path, (double)sound->count / sound->rate,
           20 * log10(peak), 10 * log10(energy / (double)sound->count));
}

static bool run(int count, char **arguments, struct failure *failure)
{
    struct parameters settings = {.count = 0};
    struct sound sound;
    for (int i = 4; i < count; i++)
        if (!read_setting(&settings, arguments[i], failure))
            return false;
    if (!sound_read(&sound, arguments[2], failure))
        return false;
    const bool written = (strcmp(arguments[1], "compressor") == 0
                              ? play_compressor(&settings, &sound, failure)
                              : play_circuit(arguments[1], &settings, &sound, failure)) &&
                         sound_write(&sound, arguments[3], failure);
    if (written)
        report(arguments[3], &sound);
    sound_free(&sound);
    return written;
}

int main(int count, char **arguments)
{
    struct failure failure;
    if (count < 4) {
        fputs(usage, stderr);
        return 2;
    }
    if (!run(count, arguments, &failure)) {
        fprintf(stderr, "xlstm-device: %s\n", failure.text);
        return 1;
    }
    return 0;
}
