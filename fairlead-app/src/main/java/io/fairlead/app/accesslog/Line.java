package io.fairlead.app.accesslog;

import io.fairlead.net.journal.AccessEntry;

/**
 * An entry and what the program adds to it.
 *
 * @param generation of the configuration when it was handed over
 */
record Line(AccessEntry entry, long generation) {}
