// All commands but `serve`, which is loaded without them.
import { type Command } from 'commander';
import { type Config } from '../config/config.ts';
import { addAccountCommands } from './account.ts';
import { addAuditCommands } from './audit.ts';
import { addBackupCommands } from './backup.ts';
import { addDemoCommands } from './demo.ts';
import { addDoctorCommand } from './doctor.ts';
import { addErasureCommands } from './erasure.ts';
import { addGuildCommands } from './guild.ts';
import { addLogCommands } from './log.ts';
import { addProjectionsCommands } from './projections.ts';
import { addSearchCommands } from './search.ts';

/** Adds what an operator does beside serving. */
export const addOperatorCommands = (
  program: Command,
  {
    requireConfig,
    readFile,
    example,
  }: {
    readonly requireConfig: () => Config;
    readonly readFile: (path: string) => string | null;
    readonly example: (text: string) => string;
  },
): void => {
  addProjectionsCommands(program, requireConfig, example);
  addSearchCommands(program, requireConfig, example);
  addAuditCommands(program, requireConfig, example);
  addDoctorCommand(program, readFile, example);
  addBackupCommands(program, requireConfig, example);
  addLogCommands(program, requireConfig, example);
  addDemoCommands(program, requireConfig, example);
  addGuildCommands(program, requireConfig, example);
  addAccountCommands(program, requireConfig, example);
  addErasureCommands(program, requireConfig, example);
};
