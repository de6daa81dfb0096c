package io.fairlead.relay.finder;

import java.util.function.Consumer;

/** One input's time, and where its effects go. */
record Turn(long now, Consumer<? super FinderEffect> effects) {
  void emit(FinderEffect effect) {
    effects.accept(effect);
  }

  void tell(FinderNews news) {
    effects.accept(new FinderEffect.Told(news));
  }

  boolean past(long atNanos) {
    return now - atNanos > 0;
  }
}
