package io.fairlead.net.http;

import io.fairlead.core.unit.ByteSize;
import io.fairlead.core.unit.Limit;
import io.fairlead.net.http.codec.ChunkLimits;

/**
 * What clients may send over HTTP/1, as configuration says it; see {@link HttpSettings} for each.
 */
public record HttpBounds(
    Limit body,
    ByteSize line,
    ByteSize head,
    ByteSize field,
    int fields,
    int requests,
    HttpSettings.Pace pace,
    ChunkLimits chunks) {}
