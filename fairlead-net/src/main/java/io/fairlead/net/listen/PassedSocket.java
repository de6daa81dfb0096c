package io.fairlead.net.listen;

/**
 * A bound socket on its way from one process to another.
 *
 * @param name by which the receiver recognises it: transport, address, and the listener's id where
 *     the system chose the port, e.g. {@code tcp 127.0.0.1:8080}
 * @param descriptor its number in this process
 */
public record PassedSocket(String name, int descriptor) {}
