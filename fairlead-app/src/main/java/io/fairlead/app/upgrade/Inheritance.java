package io.fairlead.app.upgrade;

import io.fairlead.net.listen.InheritedSockets;

/**
 * What a new process got from the one before it.
 *
 * @param sockets bound by that one
 * @param generation of the configuration that ran there
 * @param configHash first digits of its digest
 */
public record Inheritance(InheritedSockets sockets, long generation, String configHash) {}
