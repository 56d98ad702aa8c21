#ifndef BO_DRIVERS_SIM_SIM_H
#define BO_DRIVERS_SIM_SIM_H

#include "drivers/api/driver.h"

/*
 * A bench without hardware: the virtual STM32F103 (fixtures/board/board.h) in this process, on the
 * virtual clock. Real firmware runs, instruction by instruction; what is missing is everything
 * between the harness and the chip: adapter, cable, kernel.
 *
 * Method. The board is the clock's actor: it runs until the next timer, or until it puts something
 * out (a console byte, a flash operation that a fault waits for), and the loop turns. Bytes towards
 * the target take their time on the line. Power is removed at the very instant of the act; the
 * board then tears what its flash controller was doing.
 *
 * Fault model of this driver: none by itself. Power switches at once and never lies, the line
 * loses nothing, the probe always attaches; what may go wrong is asked for by faults of the
 * schedule. A rack file may configure a bench that lies (sim_conf.c): a relay that sticks or is
 * slow, a sense input that is stuck or missing, a chip that tells a wrong reset cause, keeps its
 * RAM or is fed by its pins. fixtures/racks/lies/ has one bench of each kind.
 *
 * The probe reads and writes cells with the chip unpowered, as if it were in a socket: the
 * firmware's view of a trial is the same, and no debug port is involved that could change it.
 *
 * The network hangs on the board's USART2, on which it speaks SLIP; we are its other end, down to
 * the headers, and impair the link in this process, with draws that the trial's seed decides.
 *
 * Power is opened first and makes the board; the other roles of the same bench share it.
 */
extern const struct bo_driver bo_driver_sim_power;
extern const struct bo_driver bo_driver_sim_console;
extern const struct bo_driver bo_driver_sim_probe;
extern const struct bo_driver bo_driver_sim_reset;
extern const struct bo_driver bo_driver_sim_input;
extern const struct bo_driver bo_driver_sim_net;

#endif
