package io.fairlead.libp2p.secure;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import java.util.function.Function;

/**
 * The functions of the system's libcrypto (OpenSSL 3) that ChaCha20-Poly1305 takes. The calls that
 * move bytes are critical ones: they take arrays as they are, and none lasts longer than a frame.
 * Loading takes some 100 ms; not on an event loop. Any thread, once loaded.
 *
 * @see <a href="https://docs.openssl.org/3.0/man3/EVP_EncryptInit/">EVP_EncryptInit(3)</a>
 */
final class LibCrypto {
  static final int SET_TAG = 0x11;
  static final int GET_TAG = 0x10;

  private static final int NAMES_FROM_VERSION = 0x3000_0000; // EVP_CIPHER_fetch
  private static final String[] NAMES = {"libcrypto.so.3", "libcrypto.3.dylib"};

  private final MethodHandle newContext;
  private final MethodHandle free;
  private final MethodHandle initEncrypt;
  private final MethodHandle initDecrypt;
  private final MethodHandle encrypt;
  private final MethodHandle decrypt;
  private final MethodHandle endEncrypt;
  private final MethodHandle endDecrypt;
  private final MethodHandle control;
  private final MemorySegment algorithm;

  private LibCrypto(SymbolLookup library) {
    Linker.Option quick = Linker.Option.critical(true);
    this.newContext = handle(library, "EVP_CIPHER_CTX_new", FunctionDescriptor.of(ADDRESS));
    this.free = handle(library, "EVP_CIPHER_CTX_free", FunctionDescriptor.ofVoid(ADDRESS));
    FunctionDescriptor init = ints(ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS);
    this.initEncrypt = handle(library, "EVP_EncryptInit_ex", init, quick);
    this.initDecrypt = handle(library, "EVP_DecryptInit_ex", init, quick);
    FunctionDescriptor update = ints(ADDRESS, ADDRESS, ADDRESS, ADDRESS, JAVA_INT);
    this.encrypt = handle(library, "EVP_EncryptUpdate", update, quick);
    this.decrypt = handle(library, "EVP_DecryptUpdate", update, quick);
    FunctionDescriptor end = ints(ADDRESS, ADDRESS, ADDRESS);
    this.endEncrypt = handle(library, "EVP_EncryptFinal_ex", end, quick);
    this.endDecrypt = handle(library, "EVP_DecryptFinal_ex", end, quick);
    FunctionDescriptor command = ints(ADDRESS, JAVA_INT, JAVA_INT, ADDRESS);
    this.control = handle(library, "EVP_CIPHER_CTX_ctrl", command, quick);
    this.algorithm = algorithm(library);
  }

  /** The library of this machine; empty where there is none, or it has not got the cipher. */
  static Optional<LibCrypto> load() {
    return open(LibCrypto::new);
  }

  /**
   * What is made of the library of this machine.
   *
   * @param of throws {@link IllegalArgumentException} where the library lacks something
   * @return empty where there is none that will do
   */
  static <T> Optional<T> open(Function<SymbolLookup, T> of) {
    for (String name : NAMES) {
      try {
        SymbolLookup library = SymbolLookup.libraryLookup(name, Arena.global());
        checkVersion(library);
        return Optional.of(of.apply(library));
      } catch (IllegalArgumentException
          | IllegalCallerException
          | UnsupportedOperationException e) {
        // Not there, too old, without the cipher (FIPS), or not allowed by this virtual machine.
      }
    }
    return Optional.empty();
  }

  private static FunctionDescriptor ints(MemoryLayout... arguments) {
    return FunctionDescriptor.of(JAVA_INT, arguments);
  }

  static MethodHandle handle(
      SymbolLookup library, String name, FunctionDescriptor shape, Linker.Option... options) {
    MemorySegment address =
        library
            .find(name)
            .orElseThrow(() -> new IllegalArgumentException("libcrypto without " + name));
    return Linker.nativeLinker().downcallHandle(address, shape, options);
  }

  private static void checkVersion(SymbolLookup library) {
    try {
      MethodHandle number =
          handle(library, "OpenSSL_version_num", FunctionDescriptor.of(JAVA_LONG));
      if ((long) number.invokeExact() >= NAMES_FROM_VERSION) return;
    } catch (Throwable failure) {
      throw failed(failure);
    }
    throw new IllegalArgumentException("libcrypto: too old");
  }

  private static MemorySegment algorithm(SymbolLookup library) {
    FunctionDescriptor fetch = FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS, ADDRESS);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom("ChaCha20-Poly1305");
      MemorySegment found =
          (MemorySegment)
              handle(library, "EVP_CIPHER_fetch", fetch)
                  .invokeExact(MemorySegment.NULL, name, MemorySegment.NULL);
      if (found.address() == 0) throw new IllegalArgumentException("libcrypto: no such cipher");
      return found;
    } catch (Throwable failure) {
      throw failed(failure);
    }
  }

  /**
   * A context with the cipher and a key, for one direction.
   *
   * @param key 32 bytes
   * @return to be freed
   * @throws IllegalStateException the library refuses
   */
  MemorySegment context(boolean encrypts, byte[] key) {
    MemorySegment context;
    try {
      context = (MemorySegment) newContext.invokeExact();
      if (context.address() == 0) throw new IllegalStateException("libcrypto: no memory");
    } catch (Throwable failure) {
      throw failed(failure);
    }
    if (init(encrypts, context, algorithm, MemorySegment.ofArray(key), MemorySegment.NULL)) {
      return context;
    }
    free(context);
    throw new IllegalStateException("libcrypto: the cipher's start");
  }

  void free(MemorySegment context) {
    try {
      free.invokeExact(context);
    } catch (Throwable failure) {
      throw failed(failure);
    }
  }

  /** Starts a message with its nonce of 12 bytes. */
  boolean begin(boolean encrypts, MemorySegment context, MemorySegment nonce) {
    return init(encrypts, context, MemorySegment.NULL, MemorySegment.NULL, nonce);
  }

  private boolean init(
      boolean encrypts,
      MemorySegment context,
      MemorySegment cipher,
      MemorySegment key,
      MemorySegment nonce) {
    try {
      int done =
          encrypts
              ? (int) initEncrypt.invokeExact(context, cipher, MemorySegment.NULL, key, nonce)
              : (int) initDecrypt.invokeExact(context, cipher, MemorySegment.NULL, key, nonce);
      return done == 1;
    } catch (Throwable failure) {
      throw failed(failure);
    }
  }

  /**
   * Goes on with a message.
   *
   * @param to room for {@code count} bytes, the same as {@code from} or apart from it
   * @param written is set to the number of bytes, an int
   */
  boolean update(
      boolean encrypts,
      MemorySegment context,
      MemorySegment to,
      MemorySegment written,
      MemorySegment from,
      int count) {
    try {
      int done =
          encrypts
              ? (int) encrypt.invokeExact(context, to, written, from, count)
              : (int) decrypt.invokeExact(context, to, written, from, count);
      return done == 1;
    } catch (Throwable failure) {
      throw failed(failure);
    }
  }

  /** Ends a message: false is a tag that does not fit. A stream cipher writes nothing here. */
  boolean end(boolean encrypts, MemorySegment context, MemorySegment to, MemorySegment written) {
    try {
      int done =
          encrypts
              ? (int) endEncrypt.invokeExact(context, to, written)
              : (int) endDecrypt.invokeExact(context, to, written);
      return done == 1;
    } catch (Throwable failure) {
      throw failed(failure);
    }
  }

  /** Sets the tag that a message must have, or gets the one it has. */
  boolean tag(int command, MemorySegment context, MemorySegment tag) {
    try {
      return (int) control.invokeExact(context, command, NoiseCipher.TAG_BYTES, tag) == 1;
    } catch (Throwable failure) {
      throw failed(failure);
    }
  }

  static RuntimeException failed(Throwable failure) {
    if (failure instanceof Error error) throw error;
    if (failure instanceof RuntimeException known) return known;
    return new IllegalStateException("libcrypto", failure); // a call has nothing checked to throw
  }
}
