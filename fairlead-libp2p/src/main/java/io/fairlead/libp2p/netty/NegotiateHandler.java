package io.fairlead.libp2p.netty;

import io.fairlead.libp2p.negotiate.Answers;
import io.fairlead.libp2p.negotiate.NextStep;
import io.fairlead.libp2p.negotiate.Proposals;
import io.fairlead.libp2p.negotiate.Word;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Agrees on one protocol of a connection, has the handlers of it put behind itself, gives them the
 * bytes that came with the agreement, and leaves.
 */
final class NegotiateHandler extends ChannelInboundHandlerAdapter {
  private final List<String> protocols;
  private final Consumer<String> agreed;
  private final Consumer<NextStep.Failure> failed;
  private final @Nullable Proposals proposals;
  private final Answers answers;
  private boolean over;

  /**
   * @param agreed called once, adds what handles the protocol behind this handler
   */
  NegotiateHandler(
      boolean dialler,
      List<String> protocols,
      Consumer<String> agreed,
      Consumer<NextStep.Failure> failed) {
    this.protocols = List.copyOf(protocols);
    this.agreed = agreed;
    this.failed = failed;
    this.proposals = dialler ? new Proposals(protocols) : null;
    this.answers = new Answers(this.protocols::contains);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    Proposals first = proposals;
    if (first != null) {
      ByteBuf words = ctx.alloc().buffer(64);
      first.open(words);
      ctx.writeAndFlush(words);
    }
    if (!ctx.channel().config().isAutoRead()) ctx.read();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (over || !(message instanceof ByteBuf in)) {
      ctx.fireChannelRead(message);
      return;
    }
    try {
      read(ctx, in);
    } finally {
      in.release();
    }
  }

  private void read(ChannelHandlerContext ctx, ByteBuf in) {
    ByteBuf words = null;
    while (true) {
      NextStep step = proposals == null ? answers.read(in) : proposals.read(in);
      switch (step) {
        case NextStep.Say(String word) -> {
          if (words == null) words = ctx.alloc().buffer(64);
          Word.write(words, word);
          continue;
        }
        case NextStep.Wait _ -> {
          if (words != null) ctx.writeAndFlush(words);
        }
        case NextStep.Agreed(String protocol) -> {
          over = true;
          if (proposals == null) {
            if (words == null) words = ctx.alloc().buffer(64);
            Word.write(words, protocol);
          }
          if (words != null) ctx.writeAndFlush(words);
          agreed.accept(protocol);
          if (in.isReadable()) ctx.fireChannelRead(in.readRetainedSlice(in.readableBytes()));
          if (!ctx.isRemoved()) ctx.pipeline().remove(this);
        }
        case NextStep.Failed(NextStep.Failure failure) -> {
          over = true;
          if (words != null) ctx.writeAndFlush(words);
          failed.accept(failure);
        }
      }
      return;
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (!over && !ctx.channel().config().isAutoRead()) ctx.read();
    ctx.fireChannelReadComplete();
  }
}
