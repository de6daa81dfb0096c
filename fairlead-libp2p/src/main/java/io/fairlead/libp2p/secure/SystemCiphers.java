package io.fairlead.libp2p.secure;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides who encrypts the frames of a channel. The platform's cipher begins; a channel that moves
 * much goes over to the system's, which costs a fifth less and saves a copy, once that is loaded
 * and was seen to compute the same. {@code -Dfairlead.libp2p.cipher=platform} keeps to the
 * platform's. Thread-safe.
 */
final class SystemCiphers {
  /** The name of the system property, and the value that keeps to what the platform computes. */
  static final String PROPERTY = "fairlead.libp2p.cipher";

  static final String PLATFORM = "platform";

  /** A channel of so many frames, a MiB, is worth two contexts outside the heap. */
  static final long BUSY_FRAMES = 32;

  private sealed interface State {
    record Unasked() implements State {}

    record Loading() implements State {}

    record Ready(LibCrypto library) implements State {}

    record Absent() implements State {}
  }

  private final Executor loader;
  private final Supplier<Optional<LibCrypto>> library;
  private final AtomicReference<State> state = new AtomicReference<>(new State.Unasked());

  /**
   * @param loader loads the library when the first channel is busy; some 100 ms
   */
  SystemCiphers(Executor loader) {
    this(loader, unwanted() ? Optional::empty : LibCrypto::load);
  }

  /** Whether the operator wants nothing of the system's. */
  static boolean unwanted() {
    return PLATFORM.equals(System.getProperty(PROPERTY));
  }

  SystemCiphers(Executor loader, Supplier<Optional<LibCrypto>> library) {
    this.loader = loader;
    this.library = library;
  }

  /**
   * A cipher for a channel.
   *
   * @param frames how many it has moved
   * @return the caller closes it; null while the platform's is to be used
   */
  @Nullable SystemCipher forChannel(long frames, boolean encrypts, byte[] key) {
    if (Long.compareUnsigned(frames, BUSY_FRAMES) < 0) return null;
    State now = state.get();
    if (now instanceof State.Unasked && state.compareAndSet(now, new State.Loading())) {
      try {
        loader.execute(this::load);
      } catch (RejectedExecutionException busy) {
        state.set(now);
      }
      now = state.get();
    }
    return now instanceof State.Ready(LibCrypto loaded)
        ? new SystemCipher(loaded, encrypts, key)
        : null;
  }

  private void load() {
    state.set(
        library
            .get()
            .filter(SystemCiphers::agrees)
            .<State>map(State.Ready::new)
            .orElseGet(State.Absent::new));
  }

  /** Whether a library computes what the platform does, both ways, and sees what was changed. */
  static boolean agrees(LibCrypto library) {
    byte[] key = new byte[32];
    byte[] plain = new byte[1000];
    for (int i = 0; i < key.length; i++) key[i] = (byte) (i * 37 + 11);
    for (int i = 0; i < plain.length; i++) plain[i] = (byte) (i * 73 + (i >> 8));
    byte[] expected = Arrays.copyOf(plain, plain.length + NoiseCipher.TAG_BYTES);
    NoiseCipher platform = new NoiseCipher(key);
    try (SystemCipher sealing = new SystemCipher(library, true, key);
        SystemCipher opening = new SystemCipher(library, false, key)) {
      byte[] nonce = platform.nonce().clone();
      platform.seal(expected, 0, plain.length);
      ByteBuf sealed = Unpooled.buffer(expected.length);
      sealing.begin(nonce);
      sealing.update(Unpooled.wrappedBuffer(plain), plain.length, sealed);
      sealing.seal(sealed);
      if (!Arrays.equals(sealed.array(), expected)) return false;
      ByteBuf opened = Unpooled.buffer(plain.length);
      opening.begin(nonce);
      opening.update(sealed, plain.length, opened);
      if (!opening.genuine(sealed) || !Arrays.equals(opened.array(), plain)) return false;
      expected[7] ^= 1;
      ByteBuf changed = Unpooled.wrappedBuffer(expected);
      opening.begin(nonce);
      opening.update(changed, plain.length, opened.clear());
      return !opening.genuine(changed);
    } catch (HandshakeException | IllegalStateException refused) {
      return false;
    }
  }
}
