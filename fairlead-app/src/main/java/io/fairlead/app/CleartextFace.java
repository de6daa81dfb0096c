package io.fairlead.app;

import io.fairlead.net.http2.NegotiatedEdge;
import io.fairlead.net.listen.Face;
import io.fairlead.net.live.LiveConnection;
import io.netty.channel.Channel;

/** A face whose connections may speak HTTP/2 without TLS. Two of the same face are equal. */
record CleartextFace(Face face) implements Face {
  @Override
  public void attach(Channel channel, LiveConnection connection) {
    NegotiatedEdge.allowCleartext(channel);
    face.attach(channel, connection);
  }
}
