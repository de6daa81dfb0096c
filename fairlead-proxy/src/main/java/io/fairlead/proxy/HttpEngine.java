package io.fairlead.proxy;

import io.fairlead.net.http.HttpEdge;
import io.fairlead.net.http.HttpForwarder;

/**
 * How HTTP is spoken.
 *
 * @param edge with clients
 * @param forwarder with origin servers
 * @param fallback who answers requests that are not for a proxy
 */
public record HttpEngine(HttpEdge edge, HttpForwarder forwarder, FallbackSites fallback) {}
