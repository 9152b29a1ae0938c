/* SPDX-License-Identifier: ISC */
/* compare_wav WAV EXPECTED LIMIT [GAIN [SKIP]]: says how far the first file is from GAIN (1) times
 * the second, as the power of the difference over that of the expected sound, in dB. The first SKIP
 * (0) frames do not count. Fails above LIMIT, or if the files differ in shape. */
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOCK = 4096 };

static SNDFILE *open_wav(const char *path, SF_INFO *info)
{
    SNDFILE *file = sf_open(path, SFM_READ, info);
    if (!file)
        fprintf(stderr, "%s: %s\n", path, sf_strerror(NULL));
    return file;
}

/** The difference in dB; infinite if the expected sound is silent, so that silence never passes. */
static double difference(SNDFILE *a, SNDFILE *b, double gain)
{
    static float x[BLOCK], y[BLOCK];
    double error = 0, power = 0;
    sf_count_t got = 0;
    while ((got = sf_read_float(a, x, BLOCK)) > 0 && sf_read_float(b, y, got) == got)
        for (sf_count_t i = 0; i < got; i++) {
            const double expected = gain * (double)y[i];
            error += ((double)x[i] - expected) * ((double)x[i] - expected);
            power += expected * expected;
        }
    return power > 0 ? 10 * log10(error / power + 1e-30) : INFINITY;
}

int main(int argc, char **argv)
{
    SF_INFO info_a = {0}, info_b = {0};
    if (argc < 4)
        return 2;
    SNDFILE *a = open_wav(argv[1], &info_a), *b = open_wav(argv[2], &info_b);
    if (!a || !b)
        return 1;
    const int same = info_a.frames == info_b.frames && info_a.channels == info_b.channels &&
                     info_a.samplerate == info_b.samplerate;
    if (!same)
        printf("%ld frames of %d channels at %d Hz, expected %ld of %d at %d\n",
               (long)info_a.frames, info_a.channels, info_a.samplerate, (long)info_b.frames,
               info_b.channels, info_b.samplerate);
    const sf_count_t skip = argc > 5 ? atol(argv[5]) : 0;
    if (sf_seek(a, skip, SEEK_SET) != skip || sf_seek(b, skip, SEEK_SET) != skip)
        return 1;
    const double decibels = same ? difference(a, b, argc > 4 ? atof(argv[4]) : 1) : INFINITY;
    printf("difference %.1f dB, limit %s dB\n", decibels, argv[3]);
    sf_close(a);
    sf_close(b);
    return decibels <= atof(argv[3]) ? 0 : 1;
}
