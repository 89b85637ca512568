package org.example.inventory;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * What a warehouse holds.
 */
public class Inventory<T extends Item> implements Iterable<T> {
    private static final int LIMIT = 1000;

    private final List<T> items = new ArrayList<>();

    /** Where an item is. */
    public enum Place {
        SHELF,
        FLOOR("f") {
            @Override
            String label() {
                return "floor";
            }
        };

        private final String code;

        Place() {
            this("s");
        }

        Place(String code) {
            this.code = code;
        }

        String label() {
            return code;
        }
    }

    public interface Listener {
        int PRIORITY = 5;

        void changed(Item item);

        default void cleared() {}
    }

    public record Entry(String name, int count) {
        public Entry {
            if (count < 0) throw new IllegalArgumentException(name);
        }
    }

    @interface Checked {
        String by() default "nobody";
    }

    public Inventory() {
    }

    /**
     * Adds an item.
     *
     * @param item what to add
     */
    @Override
    public boolean add(T item) throws IllegalStateException {
        if (items.size() >= LIMIT) {
            throw new IllegalStateException("full");
        }
        Runnable check = () -> item.check();
        check.run();
        return items.add(item);
    }

    public <R> List<R> map(Predicate<? super T> wanted) {
        class Local {
            void nothing() {}
        }
        return new ArrayList<R>() {
            @Override
            public int size() {
                return 0;
            }
        };
    }
}
