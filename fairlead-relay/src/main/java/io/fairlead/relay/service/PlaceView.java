package io.fairlead.relay.service;

import io.fairlead.libp2p.key.PeerId;
import java.net.InetAddress;
import java.time.Instant;

/** A place that is kept, for onlookers. */
public record PlaceView(PeerId peer, InetAddress from, Instant expires, int circuits) {}
