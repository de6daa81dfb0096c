/**
 * Everything between a socket and a feature: loops, listeners, dialers, TLS, splice, HTTP.
 *
 * <p>Start with {@link io.fairlead.net.listen.Face} (how a feature meets a connection), then {@link
 * io.fairlead.net.http.RequestHandler} (how it meets a request), then {@link
 * io.fairlead.net.http.HttpForwarder} (how a request leaves).
 */
@NullMarked
package io.fairlead.net;

import org.jspecify.annotations.NullMarked;
